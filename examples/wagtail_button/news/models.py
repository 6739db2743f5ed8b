"""The site's articles."""

from bs4 import BeautifulSoup
from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page


class ArticlePage(Page):
    """An article."""

    date = models.DateField()
    publisher = models.CharField(max_length=200, blank=True)
    body = RichTextField(features=["bold", "italic", "link", "ol", "ul"])

    content_panels = [*Page.content_panels, FieldPanel("date"), FieldPanel("publisher"), FieldPanel("body")]

    def as_input(self) -> dict[str, str]:
        """What the service is given: the text as its readers see it, with its paragraphs, and what is known of it."""
        blocks = BeautifulSoup(self.body, "html.parser").find_all(["p", "li"])
        return {
            "id": str(self.pk),
            "text": "\n\n".join(block.get_text() for block in blocks),
            "title": self.title,
            "date": self.date.isoformat(),
            "publisher": self.publisher,
            "language": self.locale.language_code,
        }
