#pragma once

#include <string>

#include "tests/support/temporary_folder.h"

namespace grapevine::testing_support {

/// Writes planetoid files of 9 + `extra` nodes and 3 features: nodes 0 and 1 train, 2, 3 and the
/// `extra` ones follow, and the last five are test nodes but for the second of them, which is in no
/// part. Their order in `test.index` is not sorted. 500 validation nodes, the default, need an
/// `extra` of at least 493.
void write_small_planetoid(const TemporaryFolder& folder, const std::string& name, int extra = 493);

}  // namespace grapevine::testing_support
