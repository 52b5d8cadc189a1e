"""A file in several requests, each with the place where its bytes begin; and a file's bytes."""

from __future__ import annotations

import base64

from .. import files
from ..answers import Content, Entity, Value, Void
from ..faults import bad_value
from ..routes import WRITE, Answer, Call, endpoint
from ..site import Doc
from .files import file_of


@endpoint("GET", "web/file(*)/$value")
def get_content(call: Call) -> Answer:
    return Content(files.read_content(call.site, file_of(call)))


@endpoint("POST", "web/file(*)/startupload", needs=WRITE, binary=True)
def start_upload(call: Call) -> Answer:
    """The file is there already; what it holds stays until the last part has come."""
    path = str(file_of(call)["ServerRelativeUrl"])
    return _keep(call, {"path": path, "base64": ""})


@endpoint("POST", "web/file(*)/continueupload", needs=WRITE, binary=True)
def continue_upload(call: Call) -> Answer:
    return _keep(call, _begun(call))


@endpoint("POST", "web/file(*)/finishupload", needs=WRITE, binary=True)
def finish_upload(call: Call) -> Answer:
    content = base64.b64decode(_begun(call)["base64"]) + call.request.get_data(cache=True)
    folder, _, name = str(file_of(call)["ServerRelativeUrl"]).rpartition("/")
    call.site.remove("upload", _number(call))
    return Entity(files.FILE, files.add_file(call.site, folder, name, content, overwrite=True))


@endpoint("POST", "web/file(*)/cancelupload", needs=WRITE)
def cancel_upload(call: Call) -> Answer:
    call.site.remove("upload", _number(call))
    return Void()


def _number(call: Call) -> str:
    return str(call.get("uploadId", 0)).lower()


def _begun(call: Call) -> Doc:
    """The upload so far. Raises Fault where it never began, or where these bytes do not follow."""
    upload = call.site.find("upload", _number(call))
    if upload is None or upload["path"] != file_of(call)["ServerRelativeUrl"]:
        raise bad_value("The upload session could not be found.")
    if call.get("fileOffset", 1) != len(base64.b64decode(upload["base64"])):
        raise bad_value("The value of fileOffset is not where the last part ended.")
    return upload


def _keep(call: Call, upload: Doc) -> Answer:
    content = base64.b64decode(upload["base64"]) + call.request.get_data(cache=True)
    call.site.put("upload", _number(call), {**upload, "base64": base64.b64encode(content).decode()})
    return Value(str(len(content)))
