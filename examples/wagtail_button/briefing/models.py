"""What is kept of a brief: beside the page, for its editors. Nothing here is ever published."""

from django.conf import settings
from django.db import models
from wagtail.models import Page


class PageBrief(models.Model):
    """A brief of a page, or the job that makes it. The last one is shown; what went before stays."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="briefs")
    text = models.TextField()
    """The page's text as it was sent."""
    job = models.CharField(max_length=200, blank=True)
    """The service's name for the work, while it goes on."""
    data = models.JSONField(null=True)
    """The brief as the service gave it."""
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    asked_at = models.DateTimeField(auto_now=True)

    @property
    def disclosure(self) -> str:
        """What every reader of the brief must be told. Nobody can review it here, so it always says the same."""
        return "Made by AI, not yet reviewed."

    @property
    def nothing_found(self) -> bool:
        """Whether the article was read and no statement was found; a failed model never leads here."""
        return bool(self.data) and self.data["audit"]["complete"] and not any(rows for _, rows in self.sections())

    def sections(self) -> list[tuple[str, list[dict]]]:
        """The lines of each section with the name of who says them."""
        if not self.data:
            return []
        names = {actor["id"]: actor["name"] for actor in self.data["actors"]} | {"article": "The article"}
        titles = {
            "positions": "Positions",
            "conditions_for_talks": "Conditions for talks",
            "military_assessments": "Military assessments",
        }
        return [
            (title, [{**item, "who": names[item["actor"]]} for item in self.data[section]])
            for section, title in titles.items()
        ]
