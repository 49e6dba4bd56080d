#include <ATen/core/Tensor.h>
#include <fmt/core.h>

#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command.h"
#include "data_options.h"
#include "grapevine/dataloading/data_loader.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "json_lines.h"
#include "progress_bar.h"
#include "validators.h"

namespace grapevine::cli {

namespace {

struct SampleOptions {
  DataOptions data;
  std::vector<std::int64_t> fanouts{4, 4};
  dataloading::DataLoaderOptions loader{.batch_size = 1024, .shuffle = true};
  std::int64_t epochs = 1;
  bool hash = false;
  std::string json;
};

/// A 64-bit hash of ids in their order.
class IdHash {
 public:
  void add(std::uint64_t value) {
    constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15U;
    value_ = std::rotl((value_ ^ value) * kMultiplier, 29);
    value_ ^= value_ >> 32U;
  }
  void add(const at::Tensor& ids) {
    const at::Tensor values = ids.to(at::kLong).contiguous();
    add(static_cast<std::uint64_t>(values.numel()));
    for (const std::int64_t *id = values.const_data_ptr<std::int64_t>(), *end = id + values.numel();
         id != end; ++id) {
      add(static_cast<std::uint64_t>(*id));
    }
  }
  void add(const NodeIds& ids) {
    for (const auto& [ntype, tensor] : ids.map()) {
      add(tensor);
    }
  }
  void add(const Graph& block) {
    for (const std::string& ntype : block.srctypes()) {
      add(block.srcnodes(ntype).data[NID].tensor());
    }
    for (const std::string& ntype : block.dsttypes()) {
      add(block.dstnodes(ntype).data[NID].tensor());
    }
    for (const CanonicalEtype& etype : block.canonical_etypes()) {
      const EdgePair edges = block.edges(etype).uv();
      add(edges.src);
      add(edges.dst);
      add(block.edges(etype).data[EID].tensor());
    }
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

struct LayerTotals {
  std::int64_t src_nodes = 0;
  std::int64_t dst_nodes = 0;
  std::int64_t edges = 0;
};

struct SampleTotals {
  std::vector<LayerTotals> layers;
  std::int64_t batches = 0;
  double seconds = 0;
  IdHash hash;
};

void add_batch(const sampling::MiniBatch& batch, bool hash, SampleTotals& totals) {
  ++totals.batches;
  for (std::size_t layer = 0; layer < batch.blocks.size(); ++layer) {
    const Graph& block = batch.blocks[layer];
    totals.layers[layer].src_nodes += block.num_src_nodes();
    totals.layers[layer].dst_nodes += block.num_dst_nodes();
    totals.layers[layer].edges += block.num_edges();
  }
  if (hash) {
    totals.hash.add(batch.input_nodes);
    totals.hash.add(batch.output_nodes);
    for (const Graph& block : batch.blocks) {
      totals.hash.add(block);
    }
  }
}

SampleTotals sample_epochs(const datasets::NodeClassificationDataset& dataset,
                           const SampleOptions& options) {
  const NodeIds seeds = dataset.graph.is_homogeneous()
                            ? NodeIds(dataset.split.train)
                            : NodeIds({{dataset.ntype, dataset.split.train}});
  dataloading::DataLoader loader(dataset.graph, seeds, sampling::NeighborSampler(options.fanouts),
                                 options.loader);
  SampleTotals totals;
  totals.layers.resize(options.fanouts.size());
  ProgressBar bar;
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    bar.start(fmt::format("epoch {}/{}", epoch, options.epochs));
    std::int64_t done = 0;
    for (const sampling::MiniBatch& batch : loader) {
      add_batch(batch, options.hash, totals);
      bar.show(++done, loader.size(), "");
    }
  }
  bar.clear();
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return totals;
}

void print_totals(const SampleTotals& totals, const SampleOptions& options) {
  const auto batches = static_cast<double>(std::max<std::int64_t>(totals.batches, 1));
  const auto mean = [batches](std::int64_t total) { return static_cast<double>(total) / batches; };
  const double speed =
      totals.seconds > 0 ? static_cast<double>(totals.batches) / totals.seconds : 0;
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (std::size_t layer = 0; layer < totals.layers.size(); ++layer) {
    const LayerTotals& total = totals.layers[layer];
    fmt::print(
        "block {}  fanout {:<4} mean source nodes {:.1f}  destination nodes {:.1f}  edges {:.1f}\n",
        layer, options.fanouts[layer], mean(total.src_nodes), mean(total.dst_nodes),
        mean(total.edges));
    layers.push_back({{"fanout", options.fanouts[layer]},
                      {"src_nodes", mean(total.src_nodes)},
                      {"dst_nodes", mean(total.dst_nodes)},
                      {"edges", mean(total.edges)}});
  }
  fmt::print("batches {}  seconds {:.3f}  batches_per_second {:.1f}\n", totals.batches,
             totals.seconds, speed);
  nlohmann::ordered_json line{{"epochs", options.epochs},
                              {"batches", totals.batches},
                              {"seconds", totals.seconds},
                              {"batches_per_second", speed},
                              {"blocks", std::move(layers)}};
  if (options.hash) {
    const std::string hash = fmt::format("{:016x}", totals.hash.value());
    fmt::print("hash {}\n", hash);
    line["hash"] = hash;
  }
  JsonLines(options.json).write(line);
}

}  // namespace

void add_sample(CLI::App& app, Run& run) {
  auto options = std::make_shared<SampleOptions>();
  CLI::App& command =
      *app.add_subcommand("sample", "Sample message flow graphs and say how large and how fast");
  add_data_option(command, options->data);
  command
      .add_option("--fanout", options->fanouts,
                  "Neighbours to sample in each layer, the input's first; -1 for all")
      ->delimiter(',')
      ->check(whole_number(-1))
      ->type_name("N,...")
      ->default_str("4,4");
  command.add_option("--batch-size", options->loader.batch_size, "Seeds in a batch")
      ->check(whole_number(1))
      ->capture_default_str();
  command
      .add_option("--num-workers", options->loader.num_workers,
                  "Loader threads; 0 samples in the main thread")
      ->check(whole_number(0, 1024))
      ->capture_default_str();
  command.add_option("--seed", options->loader.seed, "Seed of the order and of the samples")
      ->check(whole_number(0))
      ->capture_default_str();
  command
      .add_option("--epochs", options->epochs, "How many times to go through the training nodes")
      ->check(whole_number(1))
      ->capture_default_str();
  command.add_flag("--hash", options->hash,
                   "Print, last, one hash of all ids and edges of all message flow graphs");
  command.add_option("--json", options->json, "Write the statistics to this file, as one line")
      ->type_name("FILE");
  command.callback([options, &run] {
    run = [options] {
      JsonLines writable(options->json);
      datasets::NodeClassificationDataset dataset = load(options->data);
      prepare(dataset);
      print_totals(sample_epochs(dataset, *options), *options);
    };
  });
}

}  // namespace grapevine::cli
