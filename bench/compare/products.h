#pragma once

#include <string>
#include <vector>

namespace grapevine::compare {

inline constexpr const char* kProductsUsage =
    "       grapevine_compare products build FILE [NODES EDGES FEATURES CLASSES]\n"
    "       grapevine_compare products run FILE WORKERS BATCHES\n";

/// A graph shaped like ogbn-products: `build` generates it (NODES 2,400,000, EDGES 62,000,000 with
/// reverse edges, FEATURES 100, CLASSES 47) and writes it as a graph file; `run` maps that file
/// into memory, samples and trains BATCHES batches with fanout 15,10,5 and prints, as JSON, the
/// seconds to load, batches a second and peak memory beside the bytes of graph and features.
int products(const std::vector<std::string>& arguments);

}  // namespace grapevine::compare
