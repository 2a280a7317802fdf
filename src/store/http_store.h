// Files of web servers, to read.
#pragma once

#include "store/object_store.h"
#include "store/uri.h"

namespace skymill {

/// The server of an https:// URI, or of an http:// one of this machine, as a store of one object:
/// keys are paths as they stand in URLs, and the URI's query is sent with them and shown nowhere.
/// Redirects are followed, at most five and never to plain HTTP of another machine.
///
/// The etag is the server's ETag, else its Last-Modified and the size; each answer's is compared
/// with the one that was asked for. A server that tells neither gives an empty one. One that
/// ignores ranges gives only what fits into a single read, from the start. Lists, writes and
/// removals are kUnsupported.
Result<ObjectLocation> open_http(const Uri& uri);

}  // namespace skymill
