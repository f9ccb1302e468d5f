from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "leadcrm"

    def ready(self) -> None:
        """Make the Celery app the current one in every process: without it, tasks go to a broker nobody set up.

        Not in ``leadcrm/__init__.py``: the supervisor imports that package, and neither needs nor has Celery then.
        """
        from leadcrm import celery  # noqa: F401
