"""Who may fetch a file, and the answer that holds it."""

from pathlib import Path

from django.contrib.auth.models import User
from django.http import FileResponse
from django.utils import timezone

from leads.exporting.files import path_of
from leads.exporting.jobs import PERMISSION
from leads.models import ExportJob
from leads.models.export_job import ExportState


def file_of(job: ExportJob, user: User) -> Path | None:
    """For who asked for it, as long as it is kept and they may have it."""
    is_theirs = job.asked_by_id == user.pk and user.has_perm(PERMISSION)
    if not is_theirs or job.state != ExportState.DONE or not job.file_goes_at or job.file_goes_at <= timezone.now():
        return None
    path = path_of(job.file)
    return path if path.is_file() else None


def answer_with(job: ExportJob, path: Path) -> FileResponse:
    """Named by the day, and kept by no cache on the way."""
    day = timezone.localtime(job.asked_at).date().isoformat()
    headers = {"Cache-Control": "no-store"}
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"leads-{day}.{job.format}", headers=headers)
