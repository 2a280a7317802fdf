// HDFS through WebHDFS, which every cluster has and which needs no Java here.
#pragma once

#include "store/object_store.h"
#include "store/uri.h"

namespace skymill {

/// The folder of an hdfs://, webhdfs:// or swebhdfs:// URI as a store, and the rest as a key in it;
/// under hdfs_settings(). Nothing is sent yet.
///
/// A write goes to a temporary file in the object's folder, which is then renamed: one step of the
/// NameNode, whether it replaces or creates. A create whose answer was lost knows its own file by
/// the id. Durable means what the cluster makes of it: replicated, on disk with
/// dfs.datanode.synconclose. Folders are made as needed and stay. A file cannot also be a folder,
/// and names hold no ':'.
///
/// The etag is the file's id, time and size. Ids are never used again, so a file written anew under
/// the name has another; one renamed away and back in between is the same file and is taken for it.
/// Servers that tell no id (older HttpFS) leave time and size.
Result<ObjectLocation> open_webhdfs(const Uri& uri);

}  // namespace skymill
