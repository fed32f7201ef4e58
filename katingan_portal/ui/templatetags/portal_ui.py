"""Filters, tags and blocks of the portal's pages. The development page `ui:components` shows each in use."""

from typing import Any

from django import template
from django.forms import BoundField, widgets
from django.http import QueryDict
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from katingan_portal.ui import formats
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
TICKED_WIDGETS = (widgets.CheckboxInput, widgets.CheckboxSelectMultiple, widgets.RadioSelect)


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
    """Two letters for the account button: "Ani Lestari" → "AL"."""
    words = str(name).replace(".", " ").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.simple_tag
def share(value: formats.Number | None, whole: formats.Number | None) -> str:
    """A length for an SVG attribute, between "0%" and "100%"; always with a point, whatever the language."""
    if not value or not whole:
        return "0%"
    return f"{max(0.0, min(100.0, float(value) * 100 / float(whole))):.2f}%"


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


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """A form field's input with the classes and ARIA attributes that components/field.html relies on."""
    attrs: dict[str, Any] = {"class": f"{_control_class(field)} {field.field.widget.attrs.get('class', '')}".strip()}
    described_by = [f"{field.auto_id}_help"] if field.help_text else []
    if field.errors:
        attrs["class"] += " is-invalid"
        attrs["aria-invalid"] = "true"
        described_by.insert(0, f"{field.auto_id}_error")
    if described_by:
        attrs["aria-describedby"] = " ".join(described_by)
    return field.as_widget(attrs=attrs)


@register.filter
def is_ticked(field: BoundField) -> bool:
    """A single tick box: its label stands behind it."""
    return isinstance(field.field.widget, widgets.CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Several radio buttons or tick boxes: they need a legend, not a label."""
    return isinstance(field.field.widget, widgets.RadioSelect | widgets.CheckboxSelectMultiple)


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
    if isinstance(widget, TICKED_WIDGETS):
        return "form-check-input"
    return "form-select" if isinstance(widget, widgets.Select) else "form-control"
