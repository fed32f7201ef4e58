"""How what is late is pursued: the ladder as data, the steps taken, who was told, and the runs of the jobs."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from agencies.models import Agency
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import TenantForeignKey, TenantModel
from reporting.duties.models import ReportForm
from reporting.periods.clocks import Clock
from reporting.periods.models import Obligation


class Audience(models.TextChoices):
    """Whom a step reaches. The first three are of the party whose turn it is: the agency, or who reviews."""

    OPERATOR = "operator", "operator"
    HEAD = "head", "pimpinan (atau Plt./Plh.; wakilnya bila berhalangan)"
    DEPUTY = "deputy", "sekretaris atau wakil pimpinan"
    COORDINATOR = "coordinator", "koordinator"
    SECRETARY = "secretary", "Sekretaris Daerah"
    EXECUTIVE = "executive", "Kantor Bupati"


class Tone(models.TextChoices):
    REMINDER = "reminder", "pengingat"
    FIRM = "firm", "tegas"
    FORMAL = "formal", "resmi"


class StepLetter(models.TextChoices):
    NONE = "", "tanpa surat"
    FIRST = "teguran_1", "surat teguran I"
    SECOND = "teguran_2", "surat teguran II"
    THIRD = "teguran_3", "surat teguran III"
    NOTE = "nota_dinas", "nota dinas kepada pimpinan daerah"


class Outside(models.TextChoices):
    """The channels by which a step may leave the portal; within it each step is told always."""

    EMAIL = Message.Channel.EMAIL.value, "e-mail"
    WHATSAPP = Message.Channel.WHATSAPP.value, "WhatsApp"


def every_channel() -> list[str]:
    return [channel.value for channel in Outside]


class LadderStep(TenantModel):
    """One rung of the ladder of one clock: so many working days before (−) or after (+) its due day.

    form: None for the district's own ladder; a form with active steps of its own for a clock follows only those.
    repeat_every: working days after which the step comes again, until it is settled; 0 never. For a last rung.
    channels: by which it leaves the portal, where a person's preferences allow it; in the portal it is told always.
    is_mandatory: the legal minimum; a person's preferences cannot switch it off.
    is_urgent: goes out at once and by itself instead of in the day's digest.
    counts_from: what was planned before is passed over, so that a changed step need not catch up.
    """

    clock = models.CharField("jam", max_length=10, choices=Clock, default=Clock.FILING)
    form = TenantForeignKey(ReportForm, null=True, blank=True, related_name="ladder", verbose_name="khusus formulir")
    code = models.SlugField("kode", max_length=30)
    offset = models.SmallIntegerField("hari kerja dari tenggat")
    audiences: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=12, choices=Audience), verbose_name="penerima"
    )
    channels: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=10, choices=Outside), default=every_channel, blank=True, verbose_name="saluran"
    )
    label = models.CharField("nama tahap", max_length=100)
    tone = models.CharField("nada", max_length=8, choices=Tone, default=Tone.REMINDER)
    letter = models.CharField("surat", max_length=10, choices=StepLetter, blank=True, default=StepLetter.NONE)
    repeat_every = models.PositiveSmallIntegerField("diulang setiap (hari kerja)", default=0)
    is_mandatory = models.BooleanField("wajib, tidak bisa dimatikan penerima", default=False)
    is_urgent = models.BooleanField("mendesak, langsung dan tersendiri", default=False)
    is_active = models.BooleanField("berlaku", default=True)
    counts_from = models.DateTimeField("tidak disusulkan untuk yang jadwalnya sebelum", null=True, blank=True)

    class Meta:
        verbose_name = "tahap penagihan"
        verbose_name_plural = "tahap penagihan"
        ordering = ["clock", "offset", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["regency", "code"], name="ladder_code_once"),
            models.UniqueConstraint(
                fields=["regency", "clock", "form", "offset"], condition=Q(is_active=True), nulls_distinct=False,
                name="ladder_offset_once",
            ),
            models.CheckConstraint(condition=Q(offset__gte=-60, offset__lte=120), name="ladder_offset_is_sane"),
            models.CheckConstraint(condition=Q(repeat_every__lte=60), name="ladder_repeat_is_sane"),
            models.CheckConstraint(condition=~Q(audiences=[]), name="ladder_reaches_somebody"),
            models.CheckConstraint(
                condition=~Q(clock=Clock.PROMISE) | Q(offset__lte=0, repeat_every=0), name="ladder_promise_only_before"
            ),
            models.CheckConstraint(
                condition=Q(is_mandatory=False) | Q(channels__contains=[Outside.EMAIL.value]),
                name="ladder_mandatory_by_email",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.label


class Directive(TenantModel):
    """Arahan: an instruction of the Bupati's office about one obligation, to be answered by a date.

    Its agency answers; whoever gives directives then closes it, or withdraws what nobody answered.
    """

    class State(models.TextChoices):
        OPEN = "open", "menunggu jawaban"
        ANSWERED = "answered", "dijawab"
        CLOSED = "closed", "selesai"
        WITHDRAWN = "withdrawn", "ditarik"

    obligation = TenantForeignKey(Obligation, related_name="directives", verbose_name="kewajiban")
    agency = TenantForeignKey(Agency, related_name="directives", verbose_name="perangkat daerah")
    state = models.CharField("keadaan", max_length=10, choices=State, default=State.OPEN)
    text = models.CharField("arahan", max_length=1000)
    due_at = models.DateTimeField("dijawab paling lambat")
    given_at = models.DateTimeField("diberikan")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    given_by_name = models.CharField("oleh", max_length=200)
    answer = models.CharField("jawaban", max_length=2000, blank=True)
    ended_at = models.DateTimeField("dijawab atau ditarik", null=True, blank=True)
    ended_by_name = models.CharField("oleh", max_length=200, blank=True)
    closed_at = models.DateTimeField("dinyatakan selesai", null=True, blank=True)
    closed_by_name = models.CharField("dinyatakan selesai oleh", max_length=200, blank=True)
    next_chase_at = models.DateTimeField("penagihan berikutnya", null=True, blank=True)

    class Meta:
        verbose_name = "arahan"
        verbose_name_plural = "arahan"
        ordering = ["-given_at"]
        indexes = [
            models.Index(
                fields=["next_chase_at"], condition=Q(next_chase_at__isnull=False), name="directive_chase_anywhere"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="directive_says_something"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False, next_chase_at__isnull=True)),
                name="directive_ended_is_not_chased",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["answered", "closed"]) | ~Q(answer=""), name="directive_answered_has_its_answer"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at__isnull=True)),
                name="directive_closed_has_its_moment",
            ),
            models.UniqueConstraint(
                fields=["regency", "obligation"], condition=Q(state="open"), name="directive_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"Arahan: {self.obligation}"


class ChaseStep(TenantModel):
    """A rung taken for one running clock: fired once, or superseded by a later one after an outage.

    The clock is (obligation or directive, kind, due_at): a due moment that moved is a new round, so its reminders come
    again. label, offset, tone, letter, audiences ("operator,head") and channels ("email") are kept as they were; the
    ladder may be edited later. occurrence: 0 for the first time of a step, else the working days since (`policy.Rung`).
    """

    class State(models.TextChoices):
        FIRED = "fired", "dilakukan"
        SUPERSEDED = "superseded", "dilewati, digantikan tahap berikutnya"
        NOBODY = "nobody", "tidak ada penerima"

    obligation = TenantForeignKey(Obligation, related_name="chase_steps", verbose_name="kewajiban")
    directive = TenantForeignKey(Directive, null=True, blank=True, related_name="chase_steps", verbose_name="arahan")
    step = TenantForeignKey(LadderStep, related_name="taken", verbose_name="tahap")
    clock = models.CharField("jam", max_length=10, choices=Clock)
    due_at = models.DateTimeField("tenggat saat itu")
    occurrence = models.PositiveIntegerField("hari kerja sejak pertama kali", default=0)
    state = models.CharField("keadaan", max_length=10, choices=State)
    label = models.CharField("nama tahap", max_length=100)
    offset = models.SmallIntegerField("hari kerja dari tenggat")
    tone = models.CharField("nada", max_length=8, choices=Tone)
    letter = models.CharField("surat", max_length=10, choices=StepLetter, blank=True)
    audiences = models.CharField("penerima saat itu", max_length=80, blank=True)
    channels = models.CharField("saluran saat itu", max_length=40, blank=True)
    after_broken_promise = models.BooleanField("dinaikkan karena janji tidak ditepati", default=False)
    planned_at = models.DateTimeField("jadwal")
    taken_at = models.DateTimeField("dilakukan")
    recipients = models.PositiveSmallIntegerField("jumlah penerima", default=0)

    class Meta:
        verbose_name = "tahap yang dilakukan"
        verbose_name_plural = "tahap yang dilakukan"
        ordering = ["taken_at", "planned_at", "pk"]
        indexes = [BrinIndex(fields=["taken_at"], name="chase_step_of_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["regency", "obligation", "directive", "clock", "due_at", "step", "occurrence"],
                nulls_distinct=False,
                name="chase_step_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} – {self.obligation}"


class ChaseNotice(TenantModel):
    """Who is told of a taken step, by which channel and in which message: the ledger of the chase.

    Many notices share the day's digest. What has been settled meanwhile is dropped when the digest is worded.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "menunggu"
        INCLUDED = "included", "dimuat"
        DROPPED = "dropped", "tidak jadi dimuat"

    taken = TenantForeignKey(ChaseStep, related_name="notices", verbose_name="tahap")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField("sebagai", max_length=12, choices=Audience)
    channel = models.CharField("saluran", max_length=10, choices=Message.Channel)
    message = TenantForeignKey(Message, related_name="+", verbose_name="pesan")
    state = models.CharField("keadaan", max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField("alasan", max_length=200, blank=True)

    class Meta:
        verbose_name = "pemberitahuan penagihan"
        verbose_name_plural = "pemberitahuan penagihan"
        ordering = ["pk"]
        indexes = [models.Index(fields=["regency", "message"], name="notice_of_message")]
        constraints = [models.UniqueConstraint(fields=["regency", "taken", "recipient", "channel"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.taken} → {self.recipient}"


class ChaseHold(TenantModel):
    """The chase of a regency stopped by itself because a batch was far larger than usual; a person releases it."""

    count = models.PositiveIntegerField("tahap yang akan dilakukan")
    usual = models.PositiveIntegerField("hari tersibuk selama 90 hari")
    held_at = models.DateTimeField("ditahan")
    released_at = models.DateTimeField("dilanjutkan", null=True, blank=True)
    released_by_name = models.CharField("oleh", max_length=200, blank=True)

    class Meta:
        verbose_name = "penahanan penagihan"
        verbose_name_plural = "penahanan penagihan"
        ordering = ["-held_at"]
        constraints = [
            models.UniqueConstraint(fields=["regency"], condition=Q(released_at__isnull=True), name="hold_open_once")
        ]

    def __str__(self) -> str:
        return f"{self.count} tahap ditahan"


class JobRun(models.Model):
    """A run of a platform job over all regencies: the heartbeat, and the record of that work.

    Platform-level: it holds counts only, nothing of any regency.
    """

    job = models.CharField("pekerjaan", max_length=60)
    started_at = models.DateTimeField("mulai")
    finished_at = models.DateTimeField("selesai", null=True)
    checked = models.PositiveIntegerField("diperiksa", default=0)
    acted = models.PositiveIntegerField("dikerjakan", default=0)
    failed = models.PositiveIntegerField("gagal", default=0)
    held = models.PositiveIntegerField("ditahan", default=0)
    boot_id = models.CharField("mesin", max_length=40, blank=True)
    uptime = models.PositiveBigIntegerField("detik sejak mesin menyala", default=0)
    note = models.CharField("catatan", max_length=300, blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["job", "-started_at"], name="job_run_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("started_at")),
                name="job_run_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.started_at}"
