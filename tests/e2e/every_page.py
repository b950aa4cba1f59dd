"""Every page people see, and the states of it that look different: what is checked for its look, and photographed.

`test_look.py` holds this list against the routes that answer with a page, so that none is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, ViewportSize

from tests.furnishing import PASSWORD, World

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
SMALL_PHONE: ViewportSize = {"width": 320, "height": 640}

Path = Callable[[World], str]


@dataclass(frozen=True)
class Shown:
    """One page in one state. `route` is the name in the URL map; `who` is signed in, None for nobody."""

    name: str
    route: str
    path: Path
    who: str | None = "ana"
    arrange: Callable[[Page], None] | None = None  # what is done on the page before it is looked at
    status: int = 200


def sign_in(page: Page, email: str) -> None:
    """Sign somebody of the world in."""
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


def at(path: str) -> Path:
    """Return a path that is the same in every world."""
    return lambda world: path


def video(name: str, more: str = "") -> Path:
    """Return the watch page of one of the world's videos."""
    return lambda world: f"/v/{world.videos[name]['id']}/{more}"


def shared(name: str) -> Path:
    """Return the page behind the first share link of one of the world's videos."""
    return lambda world: f"/s/{world.share_token(name)}/"


def open_sharing(page: Page) -> None:
    """Open the dialog about links and members."""
    page.get_by_role("button", name="Share…").click()
    page.get_by_role("dialog").wait_for()


def open_about(page: Page) -> None:
    """Turn to what the video is about."""
    page.get_by_role("tab", name="About").click()


def write_a_comment(page: Page) -> None:
    """Begin to write, by which the time is pinned."""
    page.get_by_role("textbox", name="Your comment").first.fill("Why **this** number?")


def select(page: Page) -> None:
    """Choose two videos of the library."""
    page.get_by_role("button", name="Select", exact=True).click()
    for number in (0, 1):
        page.get_by_role("checkbox").nth(number).check()


def ask_to_delete(page: Page) -> None:
    """Choose two videos and ask for them to be deleted."""
    select(page)
    page.get_by_role("region", name="Selected videos").get_by_role("button", name="Delete").click()


def keyed(path: str, name: str) -> Path:
    """Return the page behind one of the keys that stand in personal links and mails."""
    return lambda world: path.format(world.keys[name])


def see_the_card(page: Page) -> None:
    """Wait for what a guest may keep below the comments."""
    page.get_by_role("region", name="Keep this to see the answer").scroll_into_view_if_needed()


def by_link(what: str) -> Path:
    """Return the page behind one of the world's other share links."""
    return lambda world: str(world.links[what]["url"])


def open_share(page: Page) -> None:
    """Open Share… with the form of a link and the picker of members in it."""
    page.get_by_role("button", name="Share…").click()
    dialog = page.get_by_role("dialog", name="Share", exact=True)
    dialog.get_by_role("listitem").filter(has_text="For the board").get_by_role("button", name="Change").click()
    dialog.get_by_label("Named people").check()
    dialog.get_by_label("Ben Okafor").check()


def ask_to_revoke(page: Page) -> None:
    """Open Share… and the question that Revoke asks, with the revoked links unfolded."""
    page.get_by_role("button", name="Share…").click()
    page.get_by_text("1 revoked link").click()
    page.get_by_role("button", name="Revoke").first.click()


def make_a_link(page: Page) -> None:
    """Open Share… with the form of a new link, all its choices in sight."""
    page.get_by_role("button", name="Share…").click()
    dialog = page.get_by_role("dialog", name="Share", exact=True)
    dialog.get_by_role("button", name="New link").click()
    dialog.get_by_role("textbox", name="Name of the link").fill(
        "For everybody who was at the meeting in Lisbon and wrote down a question"
    )
    dialog.get_by_role("combobox", name="Expires").select_option("date")


def see_the_keys(page: Page) -> None:
    """Turn to which keys do something."""
    open_about(page)
    page.get_by_text("Keyboard shortcuts").click()
    page.get_by_label("Single keys are shortcuts").scroll_into_view_if_needed()


def see_more_settings(page: Page) -> None:
    """Unfold the recorder's further settings."""
    page.get_by_text("More settings").click()


SHARES_NOTHING = """() => {
  navigator.mediaDevices.getDisplayMedia = async () => { throw new DOMException("", "NotAllowedError"); };
}"""


def share_nothing(page: Page) -> None:
    """Press Start recording, and say no to the browser."""
    page.evaluate(SHARES_NOTHING)
    page.get_by_role("button", name="Start recording").click()
    page.get_by_text("Nothing was shared.").wait_for()


def send_too_much(page: Page) -> None:
    """Send a form with more in it than any form here needs."""
    page.evaluate("document.querySelector('main input[name=login]').value = 'x'.repeat(3_000_000)")
    page.evaluate("document.querySelector('main form').submit()")
    page.get_by_role("heading", name="That was too large").wait_for()


LEAVE_A_RECORDING = """async () => {
  const opening = indexedDB.open("videoshare-spool", 1);
  const database = await new Promise((resolve) => { opening.onsuccess = () => resolve(opening.result); });
  const change = database.transaction(["recordings", "parts", "bytes"], "readwrite");
  const person = document.querySelector("[data-unfinished]").dataset.person;
  change.objectStore("recordings").put({
    upload_id: "left", video_id: "left", person, share_url: null, content_type: "video/mp4", discarded: null,
    began_at_ms: Date.now() - 3 * 86_400_000, recorded_ms: 2_530_000,
  });
  change.objectStore("parts").put({upload_id: "left", number: 1, size_bytes: 1, sha256: "x", recorded_ms: 2_530_000});
  change.objectStore("bytes").put(new Blob(["x"]), ["left", 1]);
  await new Promise((resolve) => { change.oncomplete = resolve; });
  database.close();
}"""


def leave_a_recording(page: Page) -> None:
    """Leave what a crash leaves in the browser, and come back."""
    page.evaluate(LEAVE_A_RECORDING)
    page.reload()
    page.get_by_role("region", name="Unfinished recordings").wait_for()


def watch_what_was_left(page: Page) -> None:
    """Look at what a crash has left."""
    leave_a_recording(page)
    page.get_by_role("button", name="Watch first").click()


def ask_to_discard_what_was_left(page: Page) -> None:
    """Ask for it to be discarded."""
    leave_a_recording(page)
    page.get_by_role("region", name="Unfinished recordings").get_by_role("button", name="Discard").click()


PAGES = (
    Shown("library", "library", at("/")),
    Shown("library-empty", "library", at("/"), who="eve"),
    Shown("library-found", "library", at("/?q=lisbon")),
    Shown("library-nothing-found", "library", at("/?q=nothing+of+that+kind")),
    Shown("library-without-workspace", "library", at("/"), who="lee"),
    Shown("library-selecting", "library", at("/"), arrange=select),
    Shown("library-deleting", "library", at("/"), arrange=ask_to_delete),
    Shown("trash", "trash", at("/trash/")),
    Shown("trash-empty", "trash", at("/trash/"), who="eve"),
    Shown("record", "record", at("/record/")),
    Shown("record-refused", "record", at("/record/"), arrange=share_nothing),
    Shown("record-settings", "record", at("/record/"), arrange=see_more_settings),
    Shown("upload", "upload", at("/upload/")),
    Shown("watch", "watch", video("ready", "?t=1")),
    Shown("watch-sharing", "watch", video("ready"), arrange=open_sharing),
    Shown("watch-about", "watch", video("ready"), arrange=open_about),
    Shown("watch-writing", "watch", video("ready"), arrange=write_a_comment),
    Shown("watch-long", "watch", video("long")),
    Shown("watch-quiet", "watch", video("quiet")),
    Shown("watch-failed", "watch", video("failed")),
    Shown("watch-recording", "watch", video("recording")),
    Shown("watch-ends-early", "watch", video("right to left")),
    Shown("watch-keys", "watch", video("quiet"), arrange=see_the_keys),
    Shown("watch-missing", "watch", at("/v/nothing/"), status=404),
    Shown("share", "share", shared("ready"), who=None),
    Shown("share-nothing", "share", by_link("shows nothing"), who=None),
    Shown("share-recording", "share", shared("recording"), who=None),
    Shown("share-dialog", "watch", video("quiet"), arrange=open_share),
    Shown("share-dialog-revoke", "watch", video("quiet"), arrange=ask_to_revoke),
    Shown("share-dialog-new", "watch", video("right to left"), arrange=make_a_link),
    Shown("share-dialog-empty", "watch", video("long"), arrange=open_sharing),
    Shown("share-password", "share", by_link("For the board"), who=None, status=403),
    Shown("share-name", "share", by_link("asks for a name"), who=None, status=403),
    Shown("share-expired", "share", by_link("Over"), who=None, status=410),
    Shown("share-missing", "share", at("/s/nothing/"), who=None, status=404),
    Shown("setup", "setup", lambda world: world.setup_link, who=None),
    Shown("setup-used", "setup", lambda world: world.used_setup, who=None, status=410),
    Shown("name-workspace", "name-workspace", at("/setup/workspace/")),
    Shown("invite", "invite", lambda world: world.invite, who=None),
    Shown("invite-signed-in", "invite", lambda world: world.invite, who="eve"),
    Shown("invite-ended", "invite", lambda world: world.ended_invite, who=None, status=410),
    Shown("settings", "settings", at("/settings/")),
    Shown("tokens", "api-tokens", at("/settings/tokens/")),
    Shown("tokens-empty", "api-tokens", at("/settings/tokens/"), who="eve"),
    Shown("workspace", "workspace-settings", at("/settings/workspace/")),
    Shown("workspace-member", "workspace-settings", at("/settings/workspace/"), who="ben"),
    Shown("people", "invite-people", at("/settings/workspace/people/")),
    Shown("people-member", "invite-people", at("/settings/workspace/people/"), who="ben"),
    Shown("library-unfinished", "library", at("/"), who="ben", arrange=leave_a_recording),
    Shown("library-unfinished-watch", "library", at("/"), who="ben", arrange=watch_what_was_left),
    Shown("library-unfinished-discard", "library", at("/"), who="ben", arrange=ask_to_discard_what_was_left),
    Shown("leave", "leave-workspace", at("/settings/workspace/leave/")),
    Shown("remove", "remove-member", lambda world: f"/settings/workspace/people/{world.ben}/remove/"),
    Shown("left-videos", "left-videos", at("/settings/workspace/left/")),
    Shown("left-videos-empty", "left-videos", at("/settings/workspace/left/"), who="eve"),
    Shown("forgot-password", "account_reset_password", at("/accounts/password/reset/"), who=None),
    Shown("forgot-password-sent", "account_reset_password_done", at("/accounts/password/reset/done/"), who=None),
    Shown("sign-in", "account_login", at("/accounts/login/"), who=None),
    Shown("sign-in-too-large", "account_login", at("/accounts/login/"), who=None, arrange=send_too_much),
    Shown("sign-up-closed", "account_signup", at("/accounts/signup/"), who=None),
    Shown("sign-out", "account_logout", at("/accounts/logout/")),
    Shown("change-password", "account_change_password", at("/accounts/password/change/")),
    Shown("password-link-old", "account_reset_password_from_key", at("/accounts/password/reset/key/1-x/"), who=None),
    Shown("password-set", "account_reset_password_from_key_done", at("/accounts/password/reset/key/done/"), who=None),
    Shown("confirm-mail", "confirm-mail", keyed("/confirm/{}/", "Kim's mails"), who=None),
    Shown("stop-mail", "stop-mail", keyed("/stop/{}/", "Kim's mails"), who=None),
    Shown("stop-digest", "stop-mail", keyed("/stop/{}/", "Ana's mails"), who=None),
    # Last: from here on this browser is Gale's, and Kim's link then asks whose it is.
    Shown("way-back", "personal-link", keyed("/g/{}/", "Gale's link"), who=None, arrange=see_the_card),
    Shown("whose-link", "personal-link", keyed("/g/{}/", "Kim's link"), who=None),
)
