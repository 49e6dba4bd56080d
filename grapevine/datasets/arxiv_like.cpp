#include "grapevine/datasets/arxiv_like.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "grapevine/util/error.h"
#include "grapevine/util/parallel.h"
#include "grapevine/util/random.h"

namespace grapevine::datasets {
namespace {

constexpr int kFirstYear = 1971;
constexpr int kLastTrainYear = 2017;
constexpr double kYearlyGrowth = 1.3;
constexpr double kValidShare = 29799.0 / 169343.0;
constexpr double kTestShare = 48603.0 / 169343.0;
constexpr double kFirstTestYearShare = 0.8;

constexpr double kClassExponent = 1.25;
constexpr double kClassShift = 2.0;

constexpr double kOwnField = 0.62;       // papers that work in their own subject's field
constexpr double kFieldCitation = 0.97;  // citations that stay in the field
constexpr double kPreferential = 0.6;    // citations that copy another one
constexpr double kMostCiting = 20.0;  // weight of the longest bibliography to that of the shortest
constexpr float kSignal = 1.9F;       // length of a subject's mean, where noise has deviation 1

// What is drawn, so that no two things share random numbers.
enum Purpose : std::uint64_t {
  kClasses,
  kNodeIds,
  kFields,
  kBibliographies,
  kCitations,
  kMeans,
  kNoise
};

using Ids = std::vector<std::int32_t>;

/// Papers in the order in which they appear.
struct Papers {
  Ids subject;
  Ids field;
  std::vector<std::int64_t> citations;  ///< how many older papers each cites
};

struct Edges {
  Ids src;
  Ids dst;
};

void check_options(const ArxivLikeOptions& options) {
  constexpr std::int64_t kMaxNodes = std::numeric_limits<std::int32_t>::max();
  check(options.num_nodes >= 10 && options.num_nodes <= kMaxNodes,
        "num_nodes: expected 10 to {}, got {}", kMaxNodes, options.num_nodes);
  const std::int64_t pairs = options.num_nodes * (options.num_nodes - 1) / 2;
  check(options.num_edges >= 0 && options.num_edges <= pairs,
        "num_edges: expected 0 to {}, the pairs of {} nodes, got {}", pairs, options.num_nodes,
        options.num_edges);
  check(options.num_classes >= 2 && options.num_classes <= options.num_nodes,
        "num_classes: expected 2 to {}, the number of nodes, got {}", options.num_nodes,
        options.num_classes);
  constexpr std::int64_t kMaxFeatures = 1 << 16;
  check(options.num_features >= 1 && options.num_features <= kMaxFeatures,
        "num_features: expected 1 to {}, got {}", kMaxFeatures, options.num_features);
}

template <typename T>
void shuffle(std::vector<T>& values, RandomStream stream) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[stream.below(i)]);
  }
}

/// Divides `total` by weight into integers of at least `least`, the largest remainders first.
std::vector<std::int64_t> apportion(const std::vector<double>& weights, std::int64_t total,
                                    std::int64_t least) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const auto parts = static_cast<std::int64_t>(weights.size());
  const double spread = static_cast<double>(total - least * parts);
  std::vector<std::int64_t> counts;
  std::vector<std::pair<double, std::size_t>> remainders;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double share = spread * weights[i] / sum;
    counts.push_back(least + static_cast<std::int64_t>(share));
    remainders.emplace_back(std::floor(share) - share, i);
  }
  std::sort(remainders.begin(), remainders.end());
  const std::int64_t left = total - std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  for (std::int64_t i = 0; i < left; ++i) {
    ++counts[remainders[static_cast<std::size_t>(i % parts)].second];
  }
  return counts;
}

Ids draw_subjects(const ArxivLikeOptions& options, const RandomKey& key) {
  std::vector<double> weights;
  for (std::int64_t i = 0; i < options.num_classes; ++i) {
    weights.push_back(std::pow(static_cast<double>(i) + kClassShift, -kClassExponent));
  }
  Ids names(weights.size());
  std::iota(names.begin(), names.end(), 0);
  shuffle(names, key.fold_in(kClasses).stream(0));
  const std::vector<std::int64_t> counts = apportion(weights, options.num_nodes, 1);
  Ids subjects;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    subjects.insert(subjects.end(), static_cast<std::size_t>(counts[i]), names[i]);
  }
  shuffle(subjects, key.fold_in(kClasses).stream(1));
  return subjects;
}

/// Lengths of the bibliographies: unequal, `total` in all, and at most as many as there are older
/// papers.
std::vector<std::int64_t> draw_bibliographies(std::int64_t num_nodes, std::int64_t total,
                                              const RandomKey& key) {
  RandomStream stream = key.fold_in(kBibliographies).stream(0);
  std::vector<double> weights(static_cast<std::size_t>(num_nodes));
  for (double& weight : weights) {
    weight = 1.0 / (1.0 / kMostCiting + stream.uniform());
  }
  std::vector<std::int64_t> lengths(weights.size(), 0);
  std::int64_t left = total;
  while (left > 0) {
    std::vector<double> open = weights;
    for (std::size_t t = 0; t < open.size(); ++t) {
      open[t] = lengths[t] < static_cast<std::int64_t>(t) ? weights[t] : 0.0;
    }
    const std::vector<std::int64_t> more = apportion(open, left, 0);
    for (std::size_t t = 0; t < lengths.size(); ++t) {
      const std::int64_t added = std::min(more[t], static_cast<std::int64_t>(t) - lengths[t]);
      lengths[t] += added;
      left -= added;
    }
  }
  return lengths;
}

Papers draw_papers(const ArxivLikeOptions& options, const RandomKey& key) {
  Papers papers;
  papers.subject = draw_subjects(options, key);
  RandomStream stream = key.fold_in(kFields).stream(0);
  for (const std::int32_t subject : papers.subject) {
    // A random paper's subject is a subject drawn by size.
    const std::int32_t other = papers.subject[stream.below(papers.subject.size())];
    papers.field.push_back(stream.uniform() < kOwnField ? subject : other);
  }
  papers.citations = draw_bibliographies(options.num_nodes, options.num_edges, key);
  return papers;
}

/// Lets the papers cite older ones.
class Citations {
 public:
  Citations(const Papers& papers, std::int64_t num_classes, const RandomKey& key)
      : papers_(papers),
        stream_(key.fold_in(kCitations).stream(0)),
        cited_by_(papers.subject.size(), -1),
        published_(static_cast<std::size_t>(num_classes)),
        cited_(static_cast<std::size_t>(num_classes)) {}

  Edges draw() {
    for (std::size_t t = 0; t < papers_.subject.size(); ++t) {
      const auto paper = static_cast<std::int32_t>(t);
      const std::size_t first = edges_.dst.size();
      if (papers_.citations[t] * 2 > paper) {
        cite_many(paper);
      } else {
        for (std::int64_t i = 0; i < papers_.citations[t]; ++i) {
          cite(paper, draw_target(paper));
        }
      }
      // What this paper cites counts as cited from the next paper on.
      for (std::size_t i = first; i < edges_.dst.size(); ++i) {
        cited_[subject_of(edges_.dst[i])].push_back(edges_.dst[i]);
      }
      published_[subject_of(paper)].push_back(paper);
    }
    return std::move(edges_);
  }

 private:
  [[nodiscard]] std::size_t subject_of(std::int32_t paper) const {
    return static_cast<std::size_t>(papers_.subject[static_cast<std::size_t>(paper)]);
  }

  void cite(std::int32_t paper, std::int32_t target) {
    cited_by_[static_cast<std::size_t>(target)] = paper;
    edges_.src.push_back(paper);
    edges_.dst.push_back(target);
  }

  /// More than half of the older papers, so that drawing until a new one comes would take long.
  void cite_many(std::int32_t paper) {
    Ids older(static_cast<std::size_t>(paper));
    std::iota(older.begin(), older.end(), 0);
    const auto count = static_cast<std::size_t>(papers_.citations[static_cast<std::size_t>(paper)]);
    for (std::size_t i = 0; i < count; ++i) {
      std::swap(older[i], older[i + stream_.below(older.size() - i)]);
      cite(paper, older[i]);
    }
  }

  /// An older paper that this one does not cite yet; there is one.
  std::int32_t draw_target(std::int32_t paper) {
    constexpr int kTries = 16;
    for (int i = 0; i < kTries; ++i) {
      const std::int32_t target = draw_preferred(paper);
      if (target >= 0 && cited_by_[static_cast<std::size_t>(target)] != paper) {
        return target;
      }
    }
    while (true) {
      const std::size_t target = stream_.below(static_cast<std::uint64_t>(paper));
      if (cited_by_[target] != paper) {
        return static_cast<std::int32_t>(target);
      }
    }
  }

  /// An older paper by field and fame, or -1.
  std::int32_t draw_preferred(std::int32_t paper) {
    const bool in_field = stream_.uniform() < kFieldCitation;
    const bool famous = stream_.uniform() < kPreferential;
    if (!in_field) {
      return static_cast<std::int32_t>(stream_.below(static_cast<std::uint64_t>(paper)));
    }
    const auto field = static_cast<std::size_t>(papers_.field[static_cast<std::size_t>(paper)]);
    const Ids& pool = famous && !cited_[field].empty() ? cited_[field] : published_[field];
    return pool.empty() ? -1 : pool[stream_.below(pool.size())];
  }

  const Papers& papers_;
  RandomStream stream_;
  Ids cited_by_;                // the last paper that cites each
  std::vector<Ids> published_;  // by subject
  std::vector<Ids> cited_;      // by subject; a paper once for each citation
  Edges edges_;
};

/// A number of mean 0 and deviation 1, nearly normal, from 64 bits: the sum of four 16-bit ones.
/// Integers first, so that every machine gets the same bits.
float bell(std::uint32_t first, std::uint32_t second) {
  constexpr std::int32_t kMiddle = 2 * 65535;
  constexpr float kScale = 1.0F / 37837.0F;  // 65536 * sqrt(4 / 12)
  const std::uint32_t sum = (first & 0xFFFF) + (first >> 16) + (second & 0xFFFF) + (second >> 16);
  return static_cast<float>(static_cast<std::int32_t>(sum) - kMiddle) * kScale;
}

void fill_bell(float* out, std::int64_t count, const RandomKey& key, std::uint64_t row) {
  for (std::int64_t i = 0; i < count; i += 2) {
    const std::array<std::uint32_t, 4> bits =
        philox4x32(key.value(), row, static_cast<std::uint64_t>(i));
    out[i] = bell(bits[0], bits[1]);
    if (i + 1 < count) {
      out[i + 1] = bell(bits[2], bits[3]);
    }
  }
}

at::Tensor draw_features(const at::Tensor& labels, const ArxivLikeOptions& options,
                         const RandomKey& key) {
  const std::int64_t width = options.num_features;
  std::vector<float> means(static_cast<std::size_t>(options.num_classes * width));
  const float scale = kSignal / std::sqrt(static_cast<float>(width));
  for (std::int64_t c = 0; c < options.num_classes; ++c) {
    fill_bell(means.data() + c * width, width, key.fold_in(kMeans), static_cast<std::uint64_t>(c));
  }
  at::Tensor features = at::empty({options.num_nodes, width}, at::kFloat);
  float* out = features.mutable_data_ptr<float>();
  const std::int64_t* label = labels.const_data_ptr<std::int64_t>();
  const RandomKey noise = key.fold_in(kNoise);
  constexpr std::int64_t kGrain = 1 << 15;
  parallel_for(0, options.num_nodes, kGrain / width + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t v = begin; v < end; ++v) {
      fill_bell(out + v * width, width, noise, static_cast<std::uint64_t>(v));
      for (std::int64_t j = 0; j < width; ++j) {
        out[v * width + j] += scale * means[static_cast<std::size_t>(label[v] * width + j)];
      }
    }
  });
  return features;
}

/// Years of the papers in the order in which they appear.
std::vector<std::int64_t> years(std::int64_t num_nodes) {
  const auto share = [&](double part) {
    return std::max<std::int64_t>(1, std::llround(static_cast<double>(num_nodes) * part));
  };
  const std::int64_t valid = share(kValidShare);
  const std::int64_t test = share(kTestShare);
  std::vector<double> weights(kLastTrainYear - kFirstYear + 1, 1.0);
  for (std::size_t i = 1; i < weights.size(); ++i) {
    weights[i] = weights[i - 1] * kYearlyGrowth;
  }
  const std::int64_t train = num_nodes - valid - test;
  const std::int64_t least = train >= 10 * static_cast<std::int64_t>(weights.size()) ? 1 : 0;
  std::vector<std::int64_t> counts = apportion(weights, train, least);
  const auto first_test_year =
      static_cast<std::int64_t>(static_cast<double>(test) * kFirstTestYearShare);
  counts.insert(counts.end(), {valid, first_test_year, test - first_test_year});
  std::vector<std::int64_t> result;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    result.insert(result.end(), static_cast<std::size_t>(counts[i]),
                  kFirstYear + static_cast<std::int64_t>(i));
  }
  return result;
}

/// `values[t]` at the place `ids[t]`.
template <typename T>
at::Tensor scatter(const std::vector<T>& values, const Ids& ids) {
  at::Tensor result = at::empty({static_cast<std::int64_t>(ids.size())}, at::kLong);
  auto* out = result.mutable_data_ptr<std::int64_t>();
  for (std::size_t t = 0; t < ids.size(); ++t) {
    out[ids[t]] = values[t];
  }
  return result;
}

at::Tensor renumber(const Ids& papers, const Ids& ids) {
  at::Tensor result = at::empty({static_cast<std::int64_t>(papers.size())}, at::kLong);
  auto* out = result.mutable_data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < papers.size(); ++i) {
    out[i] = ids[static_cast<std::size_t>(papers[i])];
  }
  return result;
}

const bool registered = node_classification_datasets().add(
    "arxiv-like", [](const LoadOptions& options) { return arxiv_like({.seed = options.seed}); });

}  // namespace

NodeClassificationDataset arxiv_like(const ArxivLikeOptions& options) {
  check_options(options);
  const RandomKey key(options.seed);
  const Papers papers = draw_papers(options, key);
  const Edges edges = Citations(papers, options.num_classes, key).draw();
  Ids ids(papers.subject.size());
  std::iota(ids.begin(), ids.end(), 0);
  shuffle(ids, key.fold_in(kNodeIds).stream(0));
  const at::Tensor labels = scatter(papers.subject, ids);
  const at::Tensor year = scatter(years(options.num_nodes), ids);
  Graph citations =
      graph(renumber(edges.src, ids), renumber(edges.dst, ids), {.num_nodes = options.num_nodes});
  citations.ndata()["feat"] = draw_features(labels, options, key);
  citations.ndata()["label"] = labels;
  citations.ndata()["year"] = year;
  const auto where = [](const at::Tensor& mask) { return mask.nonzero().squeeze(1); };
  return {.name = "arxiv-like",
          .ntype = kDefaultNtype,
          .graph = citations,
          .labels = labels,
          .split = {.train = where(year.le(kLastTrainYear)),
                    .valid = where(year.eq(kLastTrainYear + 1)),
                    .test = where(year.gt(kLastTrainYear + 1))},
          .num_classes = options.num_classes};
}

}  // namespace grapevine::datasets
