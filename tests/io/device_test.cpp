// Files of graphs that are on a device.
#include <gtest/gtest.h>

#include "grapevine/io/graph_file.h"
#include "grapevine/io/npy.h"
#include "tests/support/backend.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/transform_graphs.h"

namespace grapevine::io {
namespace {

using testing_support::append;
using testing_support::backends;
using testing_support::NamedTensors;
using testing_support::parts_of;
using testing_support::social;
using testing_support::TemporaryFolder;

using DeviceFiles = testing_support::BackendTest;
INSTANTIATE_TEST_SUITE_P(Backends, DeviceFiles, testing::ValuesIn(backends()),
                         testing::PrintToStringParamName());

TEST_P(DeviceFiles, HoldGraphsFromAnywhere) {
  expect_equal([](at::Device device) {
    const TemporaryFolder folder;
    NamedTensors results;
    for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
      const Graph there = social(idtype).to(device);
      save_graphs(folder / "graphs", {there}, {{"y", there.nodes("user").ids()}});
      const GraphFile file = load_graphs(folder / "graphs");
      EXPECT_TRUE(file.graphs.at(0).device().is_cpu());
      append(results, "graph", parts_of(file.graphs.at(0).to(device)));
      results.emplace_back("label", file.labels.at("y").to(device));
      write_npy(folder / "h.npy", there.nodes("user").data["h"]);
      results.emplace_back("npy", read_npy(folder / "h.npy").to(device));
    }
    return results;
  });
}

}  // namespace
}  // namespace grapevine::io
