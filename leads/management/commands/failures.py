"""``failures``: what is wrong now, by destination and cause, with what to do about it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.management.ops_command import Exit, OpsCommand
from leads.models import Trouble
from leads.watching import wording
from leads.watching.troubles import present_troubles


class Command(OpsCommand):
    help = gettext_lazy("List what is wrong now, by destination and cause, with what to do about it. Changes nothing.")
    good = gettext_lazy("nothing is wrong")
    not_good = gettext_lazy("something is wrong")

    def run(self, **options: Any) -> Exit:
        troubles = present_troubles()
        if options["json"]:
            self.answer({"failures": [_as_json(trouble) for trouble in troubles]})
        elif not troubles:
            self.stdout.write(_("Nothing is wrong."))
        else:
            for trouble in troubles:
                words = wording.words_of(trouble, count=trouble.count, names=trouble.params)
                count = "–" if trouble.count is None else trouble.count
                self.stdout.write(f"{count:>8}  {wording.subject_of(trouble)}: {words.what} ({trouble.cause})")
                self.stdout.write(f"          {words.remedy}")
        return Exit.NOT_GOOD if troubles else Exit.GOOD


def _as_json(trouble: Trouble) -> dict[str, Any]:
    words = wording.words_of(trouble, count=trouble.count, names=trouble.params)
    return {
        "kind": trouble.kind,
        "about": wording.subject_of(trouble),
        "cause": trouble.cause,
        "count": trouble.count,
        "oldest_at": trouble.oldest_at.isoformat() if trouble.oldest_at else None,
        "began_at": trouble.began_at.isoformat(),
        "what": words.what,
        "remedy": words.remedy,
    }
