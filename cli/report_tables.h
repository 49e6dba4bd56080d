#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chart.h"
#include "run_file.h"

namespace grapevine::cli {

// Parts of the report's page that are text and tables, as HTML. `names` are those of the runs.

/// "arxiv-like, sage", or the file's name where the run does not say.
[[nodiscard]] std::string run_title(const RunFile& run, const std::string& name);
/// When, with what and on what data.
[[nodiscard]] std::string run_facts(const RunFile& run);
/// The results of one run in large letters, or those of several in a table.
[[nodiscard]] std::string result_tiles(const RunFile& run);
[[nodiscard]] std::string result_table(const std::vector<RunFile>& runs,
                                       const std::vector<std::string>& names);

/// The seconds of all epochs by what they were spent on, with their colours; none if the run does
/// not say.
[[nodiscard]] std::vector<StackedBar::Part> time_parts(const RunFile& run);
[[nodiscard]] std::string time_table(const std::vector<StackedBar>& bars);

/// The most frequent pairs of a true and another predicted class.
[[nodiscard]] std::string mistakes_table(const std::vector<std::vector<std::int64_t>>& confusion);
/// Each class, folded away.
[[nodiscard]] std::string class_table(const std::vector<std::vector<std::int64_t>>& confusion);
[[nodiscard]] std::string degree_table(const std::vector<std::int64_t>& counts);

/// A square of a colour, for the name of what has it.
[[nodiscard]] std::string swatch(const std::string& color);

/// The options; of several runs beside each other, those that differ in bold.
[[nodiscard]] std::string config_card(const std::vector<RunFile>& runs,
                                      const std::vector<std::string>& names);
/// The numbers of the epochs, folded away; of very many epochs some.
[[nodiscard]] std::string epoch_tables(const std::vector<RunFile>& runs,
                                       const std::vector<std::string>& names);

}  // namespace grapevine::cli
