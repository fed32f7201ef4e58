from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = "Pelaporan"

    def ready(self) -> None:
        from katingan_portal.outbox.composing import register_composer
        from katingan_portal.outbox.rechecks import register_recheck
        from katingan_portal.outbox.rounds import register_observer
        from reporting.answering import notices as answers
        from reporting.chasing import digest, upkeep
        from reporting.letters import notices as letters
        from reporting.submissions import extensions, notices

        register_composer("chase", digest.compose)
        register_observer(upkeep.note_delivery)
        register_recheck("report_returned", notices.still_to_correct)
        register_recheck("report_reopened", notices.still_to_correct)
        register_recheck("report_accepted", notices.still_accepted)
        register_recheck("report_mention", notices.still_reads)
        register_recheck("extension_asked", extensions.still_to_decide)
        register_recheck("extension_decided", notices.still_reads)
        register_recheck("disclaimer_made", answers.still_undecided)
        register_recheck("disclaimer_decided", answers.still_of_agency)
        register_recheck("directive", answers.still_to_answer)
        register_recheck("directive_answered", answers.still_directs)
        register_recheck("letter_issued", letters.still_issued)
