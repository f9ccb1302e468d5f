"""The page of one lead: what is known of the person, what happened, and what can be done next."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.translation import gettext as _

from leads import words
from leads.admin import personal
from leads.admin.acting import post_action
from leads.admin.card import CardAdmin
from leads.admin.lead_list import with_deliveries
from leads.history.edits import By
from leads.models import InboundRequest, Lead
from leads.sales.stages import MOVES, MoveNotAllowed, ReasonMissing, move_stage
from leads.states import CloseReason, Stage

MOST_TOUCHES = 50


class LeadCard(CardAdmin):
    """Read first; every button changes one thing."""

    card_template = "leads/lead_card.html"

    def card_title(self, request: HttpRequest, shown: Lead) -> str:
        return str(shown) if personal.may_see(request, shown) else str(words.HELD_BACK)

    def card(self, request: HttpRequest, shown: Lead) -> dict[str, Any]:
        may_see = personal.may_see(request, shown)
        if shown.is_private and may_see:
            personal.note_view(request, shown)
        touches = list(
            with_deliveries(shown.touches.order_by("-received_at", "-id"))
            .select_related("endpoint", "offer")
            .prefetch_related(Prefetch("repeats", InboundRequest.objects.only("repeat_of")))[:MOST_TOUCHES]
        )
        return {
            "lead": shown,
            "may_see": may_see,
            "touches": touches,
            "more_touches": shown.touch_count - len(touches),
            "following_stages": [(stage.value, stage.label) for stage in MOVES[Stage(shown.stage)]],
            "may_change": self.has_change_permission(request, shown),
        }

    @post_action("leads.change_lead")
    def move(self, request: HttpRequest, lead: Lead) -> None:
        """Move the lead to the stage that the button names."""
        stage = request.POST.get("stage", "")
        if stage not in Stage.values:
            self.say(request, False, _("There is no such stage."))
            return
        given = request.POST.get("close_reason", "")
        reason = CloseReason(given) if given in CloseReason.values else None
        try:
            move_stage(By(cast(User, request.user)), lead.pk, Stage(stage), reason)
        except ReasonMissing:
            self.say(request, False, _("Say why the lead is given up."))
            return
        except MoveNotAllowed:
            self.say(request, False, _("The lead is in another stage by now. Look again before you move it."))
            return
        self.log_change(request, lead, _("Stage: %(stage)s") % {"stage": Stage(stage).label})
        self.say(request, True, _("The lead is now in stage “%(stage)s”.") % {"stage": Stage(stage).label})
