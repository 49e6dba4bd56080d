// The C++ side of compare.py. `grapevine_compare serve DATA` reads a request a line (JSON) from
// standard input and answers each with a line: one repetition of that stage. `grapevine_compare
// products ...` is products.h.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "bench/compare/products.h"
#include "bench/compare/stage.h"
#include "grapevine/util/buffer_pool.h"

namespace grapevine::compare {
namespace {

Step prepare(const SharedData& data, const Json& request) {
  const std::string stage = request.at("stage");
  if (stage == "loader") {
    return loader_stage(data, request);
  }
  if (stage == "kernel") {
    return kernel_stage(data, request);
  }
  if (stage == "limit") {
    return limit_stage(request);
  }
  throw Unsupported("stage " + stage);
}

int serve(const std::string& folder) {
  const SharedData data(folder);
  std::cout << Json{{"threads", at::get_num_threads()}}.dump() << std::endl;
  std::string current;
  Step step;
  for (std::string line; std::getline(std::cin, line);) {
    Json answer;
    try {
      if (line != current) {
        step = nullptr;  // frees what the last stage held
        current.clear();
        step = prepare(data, Json::parse(line));
        current = line;
      }
      answer = step();
    } catch (const Unsupported& error) {
      answer = {{"unsupported", error.what()}};
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    std::cout << answer.dump() << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace grapevine::compare

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  grapevine::use_buffer_pool();
  try {
    if (arguments.size() == 2 && arguments[0] == "serve") {
      return grapevine::compare::serve(arguments[1]);
    }
    if (!arguments.empty() && arguments[0] == "products") {
      return grapevine::compare::products({arguments.begin() + 1, arguments.end()});
    }
  } catch (const std::exception& error) {
    std::cerr << "grapevine_compare: " << error.what() << "\n";
    return 1;
  }
  std::cerr << "usage: grapevine_compare serve DATA\n" << grapevine::compare::kProductsUsage;
  return 2;
}
