"""Every verb that the code records reads as Indonesian in a history, found by reading the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from katingan_portal.accounts.models import AccessLink
from katingan_portal.audit.actions import record
from katingan_portal.audit.verbs import PHRASES
from katingan_portal.tenancy.scope import Scope, applied
from villages.history import timeline_of

SOURCES = ("katingan_portal", "villages", "agencies", "cooperatives", "reporting")
# Functions of audit.actions and the signal of accounts, with the place of the verb; -1: by keyword only.
RECORDERS = {"record": 0, "record_many": 0, "record_each": 0, "record_platform": 0, "account_changed.send": -1}
# How Indonesian verbs of this history begin. One that is not here may be a code, or English.
FIRST_WORDS = {
    "berjanji", "kembali", "kewajiban", "memasukkan", "melanjutkan", "memberi", "memberlakukan", "membaca",
    "membatalkan", "membebaskan", "membuang", "membuat", "membuka", "memeriksa", "memindahkan", "meminta",
    "memperpanjang", "memuat", "memulai", "menagih", "menamai", "menambah", "mencabut", "mencatat", "menentukan",
    "menerbitkan", "menerima", "mengakhiri", "mengambil", "mengarantina", "mengembalikan", "menggeser", "mengganti",
    "menghapus", "menghentikan", "mengirim", "mengisi", "mengubah", "mengusulkan", "menjawab", "menolak",
    "menugaskan", "menulis", "menutup", "menyalin", "menyamakan", "menyatakan", "menyetujui", "menyimpan", "menyusun",
    "menarik", "serah", "tenggat",
}  # fmt: skip


class Module:
    """One file, and which of its functions hand a verb on to a recorder."""

    def __init__(self, path: Path) -> None:
        self.path, self.tree = path, ast.parse(path.read_text())
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self.recorders = dict(RECORDERS)

    def verbs(self) -> Iterator[str]:
        known = 0
        while known != len(self.recorders):
            known = len(self.recorders)
            found = [verb for call in ast.walk(self.tree) if isinstance(call, ast.Call) for verb in self._of(call)]
        yield from found

    def _of(self, call: ast.Call) -> list[str]:
        place = self.recorders.get(ast.unparse(call.func).removeprefix("self."))
        if place is None:
            return []
        given = [keyword.value for keyword in call.keywords if keyword.arg == "verb"]
        given += call.args[place : place + 1] if place >= 0 else []
        assert given, f"{self.path}:{call.lineno}: records without a verb?"
        return self._spoken(given[0], call)

    def _spoken(self, given: ast.expr, at: ast.AST) -> list[str]:
        match given:
            case ast.Constant(value=str(verb)):
                return [verb]
            case ast.JoinedStr():
                return ["".join(part.value if isinstance(part, ast.Constant) else "*" for part in given.values)]
            case ast.IfExp():
                return self._spoken(given.body, at) + self._spoken(given.orelse, at)
            case ast.Name(id=name):
                return self._named(name, at)
        raise AssertionError(f"{self.path}:{given.lineno}: a verb that cannot be read from the code")

    def _named(self, name: str, at: ast.AST) -> list[str]:
        """A constant, a variable, or a parameter: then the callers say it."""
        around = at
        while not isinstance(around, ast.FunctionDef | ast.Module):
            around = self.parents[around]
        if isinstance(around, ast.FunctionDef):
            positional = [each.arg for each in around.args.args if each.arg != "self"]
            if name in positional or name in [each.arg for each in around.args.kwonlyargs]:
                self.recorders[around.name] = positional.index(name) if name in positional else -1
                return []
        for scope in (around, self.tree):
            for node in ast.walk(scope):
                if isinstance(node, ast.Assign) and any(ast.unparse(each) == name for each in node.targets):
                    return self._spoken(node.value, at)
        raise AssertionError(f"{self.path}: {name} is a verb that cannot be read from the code")


def files() -> Iterator[Path]:
    for source in SOURCES:
        paths = (Path(settings.BASE_DIR) / source).rglob("*.py")
        yield from (path for path in paths if "migrations" not in path.parts and path.name != "verbs.py")


def recorded() -> set[str]:
    own = Path(settings.BASE_DIR) / "katingan_portal/audit/actions.py"
    return {verb for path in files() if path != own for verb in Module(path).verbs()}


def reads_well(verb: str) -> bool:
    return verb in PHRASES or (bool(re.fullmatch(r"[\w*/ -]+", verb)) and verb.split()[0] in FIRST_WORDS)


def test_every_recorded_verb_reads_as_indonesian():
    verbs = recorded()
    assert len(verbs) > 90, "the search has gone blind"
    for purpose in AccessLink.Purpose.values:
        verbs |= {f"issue_{purpose}_link", f"use_{purpose}_link"}
    assert sorted(verb for verb in verbs - {"issue_*_link", "use_*_link"} if not reads_well(verb)) == []


def test_every_phrase_is_of_a_verb_that_is_recorded_and_is_no_code_itself():
    patterns = [re.compile(verb.replace("*", r"\w+")) for verb in recorded()]
    assert [code for code in PHRASES if not any(each.fullmatch(code) for each in patterns)] == []
    assert [phrase for phrase in PHRASES.values() if "_" in phrase or phrase in PHRASES] == []


@pytest.mark.parametrize("verb", ["merge_boundary", "set_hours", "invites", "changed the hours"])
def test_a_new_code_or_an_english_verb_would_be_noticed(verb: str, tmp_path: Path):
    file = tmp_path / "actions.py"
    file.write_text(
        f"def act(thing, by):\n    _note('{verb}', by)\n\ndef _note(verb, by):\n    record(verb, None, by=by)\n"
    )
    assert [each for each in Module(file).verbs() if not reads_well(each)] == [verb]


@pytest.mark.django_db
def test_history_shows_the_phrase(katingan, actor_for):
    with applied(Scope(katingan.pk)):
        record("start_membership", katingan, by=actor_for("joko"))
        (event,) = timeline_of(katingan, 1)
    assert (event["verb"], event["at"] <= timezone.now()) == ("memulai peran", True)


def test_no_page_shows_a_verb_as_it_is_kept():
    """`phrase` is for people; `verb` for questions in code, which compare it."""
    shown = [
        f"{path.relative_to(settings.BASE_DIR)}:{number}"
        for path in files()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\b(event|each|e)\.verb\b(?! *(==|!=))", line)
    ]
    assert shown == []
