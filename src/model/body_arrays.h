// A model's body as named arrays and a few facts: the part of a model file that is not its header.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "body/body.h"

namespace skymill {

struct BodyArrays {
  struct Array {
    std::string name;
    std::string dtype;  // "f64", "u64", "u32", "i32", "u8"
    std::string bytes = {};
  };

  Json facts = Json::object();  // kind and scalars
  std::vector<Array> arrays;
};

/// Bytes of one value; 0 for an unknown dtype.
size_t dtype_size(std::string_view dtype);

BodyArrays to_arrays(const ModelBody& body);
/// Errors: a missing array, wrong dtype or length. Indexes are checked by validate_body.
Result<ModelBody> from_arrays(const BodyArrays& arrays);

}  // namespace skymill
