from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from reporting.duties.models import Indicator


class EvidenceForm(forms.Form):
    """The choice of a question; the files themselves are taken from request.FILES, each judged by its content."""

    indicator = forms.ChoiceField(label="Untuk pertanyaan", required=False)
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, questions: Iterable[Indicator], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "bukti_%s", **kwargs})
        self.questions = {str(question.pk): question for question in questions}
        choices = [(pk, question.label) for pk, question in self.questions.items()]
        self.fields["indicator"].choices = [("", "Seluruh laporan"), *choices]  # type: ignore[attr-defined]

    @property
    def question(self) -> Indicator | None:
        return self.questions.get(self.cleaned_data.get("indicator") or "")


class RemovalForm(forms.Form):
    reason = forms.CharField(
        label="Alasan", required=False, max_length=300, help_text="Misalnya: salah foto, sudah ada yang lebih jelas."
    )
