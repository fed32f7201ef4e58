"""Remarks on a report, between its agency and its reviewers: written once, and who is named hears of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet

from katingan_portal.accounts.models import User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from reporting.submissions.actions import ReportRefused
from reporting.submissions.models import Comment, Report
from reporting.submissions.notices import people_who_may_see, tell_mentioned

COMMENTED = "menulis dalam percakapan"
LONGEST = 2000


class CommentForm(forms.Form):
    """What is said, and to whom: ticked, or written as "@Nama Lengkap"."""

    text = forms.CharField(
        label="Tulis",
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 3, "data-mentions": ""}),
        help_text="Dibaca oleh perangkat daerah ini dan pemeriksanya. Menyebut seseorang: @ lalu namanya.",
        error_messages={"required": "Tulis dahulu isi percakapannya."},
    )
    mentions = forms.TypedMultipleChoiceField(
        label="Beri tahu",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Hanya orang yang boleh melihat laporan ini yang dapat diberi tahu."},
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["mentions"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(user.pk, str(user)) for user in people]


@transaction.atomic
def write_comment(report: Report, *, text: str, mentions: Iterable[int], by: Actor, now: datetime) -> Comment:
    """Say something about a report. mentions: user ids; those written as "@Nama" in the text are added.

    Raises ReportRefused for nothing said, or for someone who may not see the report: they could not follow the link.
    """
    said = text.strip()
    if not said:
        raise ReportRefused("Tulis dahulu isi percakapannya.")
    people = {user.pk: user for user in people_who_may_see(report.agency_id, now)}
    wanted = set(mentions) | named_in(said, people.values())
    if wanted - set(people):
        raise ReportRefused("Hanya orang yang boleh melihat laporan ini yang dapat diberi tahu.")
    wanted.discard(by.user_id or 0)
    comment = Comment.objects.create(
        report=report, agency_id=report.agency_id, author_id=by.user_id, author_name=by.name, text=said[:LONGEST],
        mentions=sorted(wanted), written_at=now,
    )  # fmt: skip
    record(COMMENTED, report, by=by)
    tell_mentioned(report.obligation, comment, [people[pk] for pk in sorted(wanted)], now=now)
    return comment


def named_in(text: str, people: Iterable[User]) -> set[int]:
    """The ids of those whose full name stands behind an @; the longest name first, so that Ani is not Ani Lestari."""
    by_name: dict[str, set[int]] = {}
    for user in people:
        by_name.setdefault(str(user), set()).add(user.pk)
    found: set[int] = set()
    for name in sorted(by_name, key=len, reverse=True):
        text, times = re.subn(rf"@{re.escape(name)}(?!\w)", " ", text, flags=re.IGNORECASE)
        found |= by_name[name] if times else set()
    return found


def comments_on(report: Report) -> QuerySet[Comment]:
    return Comment.objects.filter(report=report)


def names_of_mentioned(comments: Iterable[Comment]) -> dict[int, str]:
    """{user id: name} of everyone who is mentioned."""
    ids = {pk for comment in comments for pk in comment.mentions}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}
