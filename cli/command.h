#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

#include "grapevine/util/error.h"

namespace grapevine::cli {

/// Options that do not fit each other: exit status 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// A signal asked the program to stop, and it has done what it does then: exit status 128 and the
/// signal's number.
class Stopped : public Error {
 public:
  Stopped(int signal, const std::string& message) : Error(message), signal_(signal) {}
  [[nodiscard]] int status() const { return 128 + signal_; }

 private:
  int signal_;
};

/// Runs the parsed subcommand.
using Run = std::function<void()>;

/// Each adds its subcommand to `app` and, when it is parsed, sets `run` to it.
void add_train(CLI::App& app, Run& run);
void add_evaluate(CLI::App& app, Run& run);
void add_predict(CLI::App& app, Run& run);
void add_report(CLI::App& app, Run& run);
void add_sample(CLI::App& app, Run& run);
void add_generate(CLI::App& app, Run& run);
void add_convert(CLI::App& app, Run& run);
void add_info(CLI::App& app, Run& run);
void add_models(CLI::App& app, Run& run);

}  // namespace grapevine::cli
