#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "command.h"
#include "data_options.h"
#include "grapevine/io/dataset_file.h"
#include "grapevine/io/file.h"
#include "grapevine/io/ogb.h"
#include "grapevine/io/ondisk.h"

namespace grapevine::cli {

namespace {

struct ConvertOptions {
  DataOptions data;
  std::string out;
  std::string format;
};

using Writer = void (*)(const datasets::NodeClassificationDataset& dataset,
                        const std::filesystem::path& path);

const std::map<std::string, Writer> kWriters{
    {"ogb", [](const auto& dataset, const auto& path) { io::write_ogb(dataset, path); }},
    {"ondisk", io::write_ondisk},
    {"binary", io::write_dataset_file}};

void convert(const ConvertOptions& options) {
  if (options.format == "binary") {
    io::check_writable(options.out);
  }
  const datasets::NodeClassificationDataset dataset = load(options.data);
  kWriters.at(options.format)(dataset, options.out);
  fmt::print("wrote   {} ({})\n", options.out, options.format);
}

}  // namespace

void add_convert(CLI::App& app, Run& run) {
  auto options = std::make_shared<ConvertOptions>();
  CLI::App& command =
      *app.add_subcommand("convert", "Write a data set in another format, which --data reads");
  add_data_option(command, options->data);
  command
      .add_option("--format", options->format,
                  "ogb and ondisk are folders, binary one file that is mapped into memory")
      ->check(CLI::IsMember({"ogb", "ondisk", "binary"}))
      ->required();
  command.add_option("--out", options->out, "The folder or file to write")
      ->type_name("PATH")
      ->required();
  command.callback([options, &run] { run = [options] { convert(*options); }; });
}

}  // namespace grapevine::cli
