#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace grapevine::cli {

/// A number that is not there.
inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// What `train --json` says of an epoch; `kMissing` where it says nothing.
struct RunEpoch {
  std::int64_t fold = 0;  ///< of a cross validation, from 1; 0: there is none
  std::int64_t epoch = 0;
  double loss = kMissing;
  double train_acc = kMissing;
  double valid_acc = kMissing;
  double seconds = kMissing;  ///< of training, without validation
  /// Parts of these seconds, and "validation" beside them, by name.
  std::map<std::string, double> parts;
};

/// An accuracy over the folds of a cross validation.
struct RunFoldAccuracy {
  std::int64_t epoch = 0;
  double mean = kMissing;
  double deviation = kMissing;
};

/// A training run, as `train --json` wrote it.
struct RunFile {
  std::string path;
  std::vector<std::pair<std::string, std::string>> about;   ///< data set, machine, version
  std::vector<std::pair<std::string, std::string>> config;  ///< option and value
  std::vector<RunEpoch> epochs;                             ///< by fold, in the file's order
  std::int64_t result_epoch = 0;                            ///< whose model the result is
  double test_acc = kMissing;
  std::optional<RunFoldAccuracy> best;
  std::optional<RunFoldAccuracy> last;
  std::vector<std::vector<std::int64_t>> confusion;  ///< true class by predicted class
  std::vector<std::int64_t> in_degrees;  ///< nodes of in-degree 0, 1, 2 to 3, 4 to 7, ...
  bool is_cut_off = false;               ///< the last line was not written to its end
};

/// The most classes of a confusion matrix in such a file.
inline constexpr std::int64_t kMaxConfusionClasses = 1024;

/// Reads a run. Throws `Error`, which names the file and the line, for what `train --json` does not
/// write: lines that are not JSON, wrong types, numbers out of range, an empty file. A last line
/// that a kill cut off is left out.
[[nodiscard]] RunFile read_run(const std::string& path);

}  // namespace grapevine::cli
