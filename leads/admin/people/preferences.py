"""The admin in each person's own language and time zone. The API and the webhook stay as they are documented."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.views.i18n import set_language as set_language_of_browser

from leads.models import Profile
from leads.models.people import profile_of

type Answer = Callable[[HttpRequest], HttpResponse]


class OwnLanguageAndTime:
    """Middleware, after the one that knows who has signed in."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(reverse("admin:index")) or not request.user.is_authenticated:
            return self.get_response(request)
        profile = profile_of(request.user)
        if profile.language in dict(settings.LANGUAGES):
            translation.activate(profile.language)  # LocaleMiddleware names it in the answer, and sets the next one
        with timezone.override(profile.zone):
            return self.get_response(request)


def set_language(request: HttpRequest) -> HttpResponse:
    """From the user menu: for the browser, and, of somebody who has signed in, for all that they are shown and sent."""
    language = request.POST.get("language", "")
    if request.method == "POST" and request.user.is_authenticated and language in dict(settings.LANGUAGES):
        Profile.objects.update_or_create(user=request.user, defaults={"language": language})
    return set_language_of_browser(request)
