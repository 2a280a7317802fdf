// verify_registry: whether everything that a registry's logs speak of is there and whole.
#pragma once

#include <string>
#include <vector>

#include "registry/registry.h"

namespace skymill {

struct RegistryReport {
  struct Problem {
    std::string where;
    std::string what;
  };
  uint64_t models = 0;
  uint64_t entries = 0;
  uint64_t blobs = 0;
  uint64_t bytes = 0;
  std::vector<Problem> problems;
};

/// Reads the logs from their beginnings, holds the checkpoints to them, and reads every blob.
/// `name`: of one model; empty: of all, and kNotFound when there is nothing. With a `trusted_key`
/// every version must be signed by it. Errors: the store fails; what is damaged is no error but a
/// problem.
Result<RegistryReport> verify_registry(const Registry& registry, const std::string& name,
                                       const std::string& trusted_key = {});

}  // namespace skymill
