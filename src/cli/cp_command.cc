// cp: objects from one place to another, between any two stores.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <mutex>

#include "base/sha256.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress_bar.h"
#include "store/read_pieces.h"
#include "store/stores.h"

namespace skymill {
namespace {

/// Objects copied at once: requests wait for the network, not for cores.
constexpr unsigned kAtOnce = 8;

struct CpOptions {
  std::string from;
  std::string to;
  bool verify = false;
  CommonOptions common;
};

struct Pair {
  ObjectLocation from;
  ObjectLocation to;
  uint64_t bytes = 0;
};

bool is_folder(const ObjectLocation& location) {
  return location.key.empty() || location.key.ends_with('/');
}

/// What is to be copied where.
Result<std::vector<Pair>> pairs_of(const CpOptions& options) {
  const ObjectLocation from = SKYMILL_TRY(locate(options.from));
  ObjectLocation to = SKYMILL_TRY(locate(options.to));
  std::vector<Pair> pairs;
  if (!is_folder(from)) {
    if (is_folder(to)) to.key += from.key.substr(from.key.rfind('/') + 1);
    const ObjectInfo info = SKYMILL_TRY(from.store->stat(from.key));
    pairs.push_back({.from = from, .to = to, .bytes = info.size});
    return pairs;
  }
  if (!is_folder(to)) {
    return usage_error({Code::kInvalidArgument,
                        cat(from.text(), " is a folder, ", to.text(), " is none"),
                        "end the target with '/'",
                        {.field = "to"}});
  }
  for (const ObjectInfo& object : SKYMILL_TRY(from.store->list(from.key))) {
    pairs.push_back({.from = {from.store, object.key},
                     .to = {to.store, to.key + object.key.substr(from.key.size())},
                     .bytes = object.size});
  }
  if (pairs.empty()) {
    return Error{
        Code::kNotFound, "there is nothing to copy", "check the name", {.source = from.text()}};
  }
  return pairs;
}

/// Without an error there is a whole copy; with one, no new one. `verify` reads it back.
Result<void> copy_object(const Pair& pair, bool verify,
                         const std::function<void(uint64_t bytes)>& progress) {
  auto writer = SKYMILL_TRY(pair.to.store->write(pair.to.key, WriteMode::kReplace));
  Sha256 sent;
  const auto send = [&](std::string_view piece) -> Result<void> {
    if (verify) sent.update(piece);
    progress(piece.size());
    return writer->append(piece);
  };
  SKYMILL_TRY(read_pieces(*pair.from.store, pair.from.key, interrupt(), send));
  SKYMILL_TRY(writer->commit());
  if (!verify) return {};
  Sha256 kept;
  const auto check = [&](std::string_view piece) -> Result<void> {
    kept.update(piece);
    return {};
  };
  SKYMILL_TRY(read_pieces(*pair.to.store, pair.to.key, interrupt(), check));
  if (kept.finish() == sent.finish()) return {};
  return Error{Code::kCorruptData,
               "the copy is not what was copied",
               "copy it again",
               {.source = pair.to.text()}};
}

/// The first error ends the copying of further objects; those that are complete stay.
Result<void> copy_all(const std::vector<Pair>& pairs, bool verify, ProgressBar& bar) {
  uint64_t total = 0;
  for (const Pair& pair : pairs) total += pair.bytes;
  std::mutex mutex;
  uint64_t done = 0;
  Result<void> outcome;
  const auto progress = [&](uint64_t bytes) {
    const std::lock_guard lock(mutex);
    bar.update(done += bytes, total);
  };
  ThreadPool pool(static_cast<unsigned>(std::min<size_t>(kAtOnce, pairs.size())));
  pool.parallel_for(pairs.size(), [&](size_t item, unsigned) {
    {
      const std::lock_guard lock(mutex);
      if (!outcome) return;
    }
    auto good = copy_object(pairs[item], verify, progress);
    const std::lock_guard lock(mutex);
    if (!good && outcome) outcome = std::move(good);
  });
  return outcome;
}

Result<void> cp(const CpOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  // Pieces go back to the system at once, instead of being kept for each thread that had one.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  const auto pairs = SKYMILL_TRY(pairs_of(options));
  ProgressBar bar(console, "copying", "B");
  SKYMILL_TRY(copy_all(pairs, options.verify, bar));
  bar.clear();
  uint64_t bytes = 0;
  for (const Pair& pair : pairs) bytes += pair.bytes;
  if (console.json) {
    Json out = Json::object();
    out.set("objects", pairs.size());
    out.set("bytes", bytes);
    console.print_json(out);
    return {};
  }
  console.note(cat("copied ", grouped(pairs.size()), pairs.size() == 1 ? " object, " : " objects, ",
                   format_bytes(bytes), options.verify ? ", verified" : ""));
  return {};
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<CpOptions>();
  app.add_option("from", options->from, "an object, or a folder with its '/'")->required();
  app.add_option("to", options->to, "an object, or a folder with its '/'")->required();
  app.add_flag("--verify", options->verify, "read each copy back and compare its SHA-256");
  options->common.add_to(app);
  return [options](Console& console) { return cp(*options, console); };
}

}  // namespace

CommandInfo cp_command() {
  return {"cp", "copy objects between any two stores",
          "skymill cp data.csv s3://my-bucket/data/data.csv", define};
}

}  // namespace skymill
