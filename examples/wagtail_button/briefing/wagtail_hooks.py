"""Where Wagtail learns of the button: in the page editor's header, and in the menu of each page in a listing."""

from django.conf import settings
from django.urls import path, reverse
from wagtail import hooks
from wagtail.admin.widgets.button import Button

from briefing.views import BriefView


@hooks.register("register_admin_urls")
def urls():
    """The admin's address of a brief."""
    return [path("briefing/<int:page_id>/", BriefView.as_view(), name="brief")]


def button(page, user, next_url=None, view_name=None):
    """The button, for those who may edit an article; off unless the service's address is set."""
    if not settings.SUMMARIZER_URL or not hasattr(page.specific_class, "as_input"):
        return
    if page.permissions_for_user(user).can_edit():
        yield Button("Brief this article", reverse("brief", args=[page.pk]), icon_name="clipboard-list", priority=70)


hooks.register("register_page_header_buttons", button)
hooks.register("register_page_listing_more_buttons", button)
