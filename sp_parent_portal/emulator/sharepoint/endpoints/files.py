"""Files and folders, by path or id."""

from __future__ import annotations

import uuid

from .. import files, items, lists, pages
from ..answers import Empty, Entity, Rows, Value, Void
from ..reading import read_text
from ..routes import MANAGE, WRITE, Answer, Call, endpoint
from ..site import Doc
from .lists import list_of

FOLDERS = ("web/folder(*)", "web/lists(*)/rootfolder")


def _in(rest: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{rest}" for folder in FOLDERS)


def file_of(call: Call) -> Doc:
    """Raises Fault."""
    return files.get_file(call.site, *call.key("file"))


def folder_of(call: Call) -> Entity:
    """Raises Fault."""
    if call.path.find("folder") is None:
        return lists.folder_of(call.site, list_of(call))
    return files.get_folder(call.site, *call.key("folder"))


def _path_of(call: Call) -> str:
    return str(folder_of(call).doc["ServerRelativeUrl"])


@endpoint("GET", "web/file(*)")
def get_file(call: Call) -> Answer:
    return Entity(files.FILE, file_of(call))


@endpoint("GET", "web/file(*)/listitemallfields")
def get_item_of_file(call: Call) -> Answer:
    return Entity(items.ITEM, files.get_item(call.site, file_of(call)))


@endpoint("DELETE", "web/file(*)", needs=WRITE)
@endpoint("POST", "web/file(*)/deleteobject", needs=WRITE)
def remove_file(call: Call) -> Answer:
    files.remove_file(call.site, file_of(call))
    return Empty(200)


@endpoint("POST", "web/file(*)/recycle", needs=WRITE)
def recycle_file(call: Call) -> Answer:
    files.remove_file(call.site, file_of(call))
    return Value(str(uuid.uuid4()))


@endpoint("POST", "web/file(*)/publish", needs=WRITE)
def publish_file(call: Call) -> Answer:
    file = file_of(call)
    if "FirstPublishedDate" in files.get_item(call.site, file):
        pages.publish(call.site, file)
    return Void()


@endpoint("POST", "web/file(*)/checkin", needs=WRITE)
def check_in_file(call: Call) -> Answer:
    """`checkInType` 1 is a major version: published."""
    if call.find("checkInType", 1) == 1:
        return publish_file(call)
    pages.check_out(call.site, file_of(call), out=False)
    return Void()


@endpoint("POST", "web/file(*)/checkout", needs=WRITE)
def check_out_file(call: Call) -> Answer:
    pages.check_out(call.site, file_of(call), out=True)
    return Void()


@endpoint("POST", "web/file(*)/listitemallfields/setcommentsdisabled", needs=WRITE)
def set_comments(call: Call) -> Answer:
    item = files.get_item(call.site, file_of(call))
    items.set_item(call.site, {**item, "CommentsDisabled": bool(call.find("value"))})
    return Void()


# ---- folders


@endpoint("GET", "web/folder(*)")
def get_folder(call: Call) -> Answer:
    return folder_of(call)


@endpoint("GET", *_in("files"))
def list_files(call: Call) -> Answer:
    return Rows(files.FILE, files.list_files(call.site, _path_of(call)))


@endpoint("POST", *_in("files/addusingpath"), *_in("files/add"), needs=WRITE, binary=True)
def add_file(call: Call) -> Answer:
    """The body is the file."""
    name = str(call.find("decodedUrl") or call.find("url", 0) or "").rpartition("/")[2]
    content = call.request.get_data(cache=True)
    overwrite = bool(call.find("overwrite", 1))
    return Entity(files.FILE, files.add_file(call.site, _path_of(call), name, content, overwrite=overwrite))


@endpoint("POST", *_in("files/addtemplatefile"), needs=WRITE)
def add_template_file(call: Call) -> Answer:
    """A new page."""
    path = files.resolve(call.site, call.get("urlOfFile", 0))
    folder, _, name = path.rpartition("/")
    return Entity(files.FILE, pages.add_page_file(call.site, folder, name))


@endpoint("POST", *_in("folders/addusingpath"), *_in("folders/add"), needs=WRITE)
def add_folder(call: Call) -> Answer:
    return Entity(lists.FOLDER, files.add_folder(call.site, _path_of(call), _name_of(call)))


@endpoint("POST", "web/folders/addusingpath", "web/folders/add", needs=WRITE)
def add_folder_of_web(call: Call) -> Answer:
    """The path is relative to the site."""
    return Entity(lists.FOLDER, files.add_folder(call.site, call.site.path, _name_of(call)))


def _name_of(call: Call) -> str:
    return str(call.find("decodedUrl", 0) or call.find("url", 0) or "")


@endpoint("GET", "web/rootfolder")
def get_root_folder(call: Call) -> Answer:
    site = call.site
    folder = lists.folder_doc(site.path, site.web["Created"], str(uuid.uuid5(uuid.UUID(site.id), "root")))
    return Entity(lists.FOLDER, {**folder, "WelcomePage": site.web.get("_welcome", ""), "_path": "Web/RootFolder"})


@endpoint("MERGE", "web/rootfolder", needs=MANAGE)
def change_root_folder(call: Call) -> Answer:
    call.site.put_web({**call.site.web, "_welcome": read_text(call.body, "WelcomePage")})
    return Empty()
