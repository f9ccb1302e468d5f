"""Page numbers without counting a million rows."""

from functools import cached_property

from django.core.paginator import Paginator


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than this; whoever looks for something beyond filters or searches."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        found = self.object_list[: self.MOST]
        return found.count() if hasattr(found, "count") and not isinstance(found, list) else len(found)
