"""Assignment rules that no lead comes to, as one above them takes every lead.

Only the plain case is seen: a rule without any condition. The catch-all counts for neither: it is there for what the
others leave.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from leads.models import AssignmentRule
from leads.states import Sharing


@dataclass(frozen=True)
class TakesAll:
    """The first rule that fits every lead, and the enabled ones below it."""

    rule: AssignmentRule
    below: list[AssignmentRule]

    @property
    def always(self) -> bool:
        """Where all of its people are away, a rule that is to give leads to some leaves them to the next one."""
        gives_to_some = self.rule.team_id is not None or bool(self.rule.people.all())
        return self.rule.sharing == Sharing.WHO_TAKES or not gives_to_some

    @property
    def remark(self) -> str:
        """Of each rule below it."""
        if self.always:
            text = _("Never reached: “%(rule)s” above takes every lead")
        else:
            text = _("Reached only while nobody of “%(rule)s” above is there: it takes every lead")
        return text % {"rule": self.rule}

    def warning_about(self, saved: AssignmentRule) -> str:
        """What who saved this rule is to know. Empty: nothing."""
        if saved in self.below:
            return f"“{saved}”: {self.remark}"
        return self._warning if saved == self.rule else ""

    @property
    def _warning(self) -> str:
        if self.always:
            text = _(
                "“%(name)s” has no conditions, so it takes every lead. Never reached below it: %(rules)s. "
                "Give it a condition, or move it down."
            )
        else:
            text = _(
                "“%(name)s” has no conditions, so it takes every lead. Reached below it only while nobody of it is "
                "there: %(rules)s. Give it a condition, or move it down."
            )
        return text % {"name": self.rule, "rules": ", ".join(f"“{rule}”" for rule in self.below)}


def who_takes_all() -> TakesAll | None:
    """``None`` where that hides no other rule."""
    enabled = AssignmentRule.objects.filter(enabled=True, is_catch_all=False).order_by("position", "pk")
    rules = list(enabled.prefetch_related("offers", "country_groups", "people"))
    place = next((place for place, rule in enumerate(rules) if _fits_every_lead(rule)), len(rules))
    return TakesAll(rules[place], below) if (below := rules[place + 1 :]) else None


def _fits_every_lead(rule: AssignmentRule) -> bool:
    countries = [*rule.countries, *(country for group in rule.country_groups.all() for country in group.countries)]
    return not (countries or rule.sources or rule.actions or rule.offers.all())
