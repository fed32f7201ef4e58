from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from katingan_portal.ui.gallery import SampleForm, sample_context


def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for the people who build pages. Sending the form shows its errors."""
    form = SampleForm(request.POST, request.FILES) if request.method == "POST" else SampleForm()
    pages = Paginator(range(1, 162), 20)
    context = {**sample_context(), "form": form, "page": pages.get_page(request.GET.get("page"))}
    return render(request, "ui/components.html", context)
