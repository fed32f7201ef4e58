"""Filters, tags and blocks of the portal's pages. The development page `ui:components` shows each in use."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, widgets
from django.http import QueryDict
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from katingan_portal.ui import formats
from katingan_portal.ui.forms import MoneyField
from katingan_portal.ui.statuses import TONE_ICONS, Look, look_of

register = template.Library()

register.filter("angka", formats.number)
register.filter("rupiah", formats.rupiah)
register.filter("persen", formats.percent)
register.filter("tanggal", formats.day)
register.filter("tanggal_pendek", formats.short_day)
register.filter("bulan", formats.month)
register.filter("waktu", formats.clock)

# Django's class of a message level → the portal's tone.
MESSAGE_TONES = {"debug": "neutral", "info": "info", "success": "success", "warning": "warning", "error": "danger"}


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of the sprite: decoration, or with a `label` something to be read out."""
    described = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" width="20" height="20" {}><use href="{}#{}"/></svg>',
        css,
        described,
        static("dist/icons.svg"),
        name,
    )


@register.simple_tag
def status_look(status: str) -> Look:
    return look_of(status)


@register.filter
def tone_icon(tone: str) -> str:
    return TONE_ICONS[tone]


@register.filter
def message_tone(level_tag: str) -> str:
    return MESSAGE_TONES.get(level_tag, "info")


@register.filter
def initials(name: object) -> str:
    """Two letters for the account button: "Ani Lestari, S.E." → "AL"; what stands in brackets is no name."""
    words = [word for word in str(name).split(",")[0].replace(".", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.simple_tag
def share(value: formats.Number | None, whole: formats.Number | None) -> str:
    """A length for an SVG attribute, between "0%" and "100%"; always with a point, whatever the language."""
    if not value or not whole:
        return "0%"
    return f"{max(0.0, min(100.0, float(value) * 100 / float(whole))):.2f}%"


@dataclass(frozen=True)
class Column:
    x: str
    y: str
    width: str
    height: str


@register.simple_tag
def column(value: formats.Number | None, whole: formats.Number | None, index: int, count: int) -> Column:
    """Place of the column number `index` of `count` in a square of 100 by 100."""
    step = 100 / count
    height = float(share(value, whole).removesuffix("%"))
    return Column(f"{(index + 0.15) * step:.2f}", f"{100 - height:.2f}", f"{step * 0.7:.2f}", f"{height:.2f}")


@register.filter
def plain(value: object) -> str:
    """A number as HTML wants it, whatever the language: 1234.5."""
    return str(value)


@register.filter
def or_dash(value: object) -> object:
    """A dash for what is not known; 0 and False are known."""
    return formats.UNKNOWN if value is None or value == "" else value


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """The page's own query string with some parameters changed, or dropped where the new value is None or ""."""
    request = context.get("request")
    parameters = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"


@register.simple_tag(takes_context=True)
def page_query(context: template.Context, name: str, number: int) -> str:
    """The page's query string, leading to page `number`."""
    return query(context, **{name: number})


@register.simple_tag
def elided_pages(page: Page[Any]) -> list[int | str]:
    """The page numbers worth showing: the ends, the neighbours, and dots between."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """A form field's input with the classes and ARIA attributes that components/field.html relies on."""
    classes = [_control_class(field), field.field.widget.attrs.get("class", ""), "is-invalid" if field.errors else ""]
    described_by = [f"{field.auto_id}_error"] if field.errors else []
    if field.help_text:
        described_by.append(f"{field.auto_id}_help")
    attrs = {
        "class": " ".join(filter(None, classes)),
        "aria-invalid": "true" if field.errors else "",
        "aria-describedby": " ".join(described_by),
    }
    return field.as_widget(attrs={name: value for name, value in attrs.items() if value})


@register.filter
def is_ticked(field: BoundField) -> bool:
    """A single tick box: its label stands behind it."""
    return isinstance(field.field.widget, widgets.CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Several radio buttons or tick boxes: they need a legend, not a label."""
    return isinstance(field.field.widget, widgets.RadioSelect | widgets.CheckboxSelectMultiple)


@register.filter
def is_money(field: BoundField) -> bool:
    return isinstance(field.field, MoneyField)


@register.simple_block_tag
def panel(content: str, **parameters: object) -> str:
    """A titled card. Parameters: see components/panel.html."""
    return render_to_string("components/panel.html", {**parameters, "content": content})


@register.simple_block_tag
def table(content: str, **parameters: object) -> str:
    """A table that turns into cards on a phone. Parameters: see components/table.html."""
    return render_to_string("components/table.html", {**parameters, "content": content})


@register.simple_block_tag
def filters(content: str, **parameters: object) -> str:
    """A filter bar. Parameters: see components/filters.html."""
    return render_to_string("components/filters.html", {**parameters, "content": content})


def _control_class(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, widgets.CheckboxInput) or is_group(field):
        return ""
    return "form-select" if isinstance(widget, widgets.Select) else "form-control"
