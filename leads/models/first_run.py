"""What is kept of the first days of an installation."""

from django.db import models

from leads.models.endpoint import Endpoint


class FirstRun(models.Model):
    """One row. ``demo_leads`` are the keys of the leads that came with the demo data, under ``demo_endpoint``; there is
    demo data as long as there is this endpoint."""

    THE_ONE = 1

    steps_hidden = models.BooleanField(default=False)
    demo_endpoint = models.OneToOneField(Endpoint, on_delete=models.SET_NULL, null=True, related_name="demo_of")
    demo_leads = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_first_run")]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def read(cls) -> "FirstRun":
        """As it is, or as it begins. Nothing is written."""
        return cls.objects.filter(pk=cls.THE_ONE).first() or cls(pk=cls.THE_ONE)
