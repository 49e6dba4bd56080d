#include "grapevine/io/state_file.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scalar_tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "grapevine/io/detail/pickle_state.h"
#include "grapevine/io/detail/zip_archive.h"
#include "grapevine/util/random.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using namespace std::string_literals;
using testing_support::TemporaryFolder;

/// How torch.save pickles a float32 tensor: storage "0" of `storage` elements, offset, sizes and
/// strides, each written as an opcode with its operand.
std::string tensor_pickle(const std::string& storage, const std::string& offset,
                          const std::string& sizes, const std::string& strides,
                          const std::string& type = "FloatStorage", const std::string& key = "0") {
  return "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\n"s + type + "\nX" +
         static_cast<char>(key.size()) + "\0\0\0"s + key + "X\3\0\0\0cpu"s + storage + "tQ" +
         offset + "(" + sizes + "t(" + strides +
         "t\x89"
         "ccollections\nOrderedDict\n)RtR";
}

std::string protocol_2(const std::string& pickle) { return "\x80\2"s + pickle + "."; }

class StateFile : public testing::Test {
 protected:
  /// Writes an archive as PyTorch does: a pickle and a storage "0" of six floats, 0 to 5.
  [[nodiscard]] std::filesystem::path pickled(const std::string& pickle,
                                              const std::string& order = "little") const {
    const at::Tensor data = at::arange(6, at::kFloat);
    const std::string_view bytes(static_cast<const char*>(data.const_data_ptr()), data.nbytes());
    detail::write_zip(path_, {{"any name/data.pkl", protocol_2(pickle)},
                              {"any name/byteorder", order},
                              {"any name/data/0", bytes},
                              {"any name/version", "3\n"}});
    return path_;
  }

  void expect_refused(const std::string& pickle, const std::vector<std::string>& words) const {
    const auto file = pickled(pickle);
    for (const std::string& word : words) {
      EXPECT_ERROR(load_state(file), "state.pt: ", word);
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "state.pt";
};

template <typename Type>
Type get(const StateDict& dict, const StateKey& key) {
  const StateValue* value = dict.find(key);
  EXPECT_NE(value, nullptr);
  const Type* found = value->get_if<Type>();
  EXPECT_NE(found, nullptr) << value->type_name();
  return *found;
}

TEST_F(StateFile, GivesBackEveryTypeOfValue) {
  const double infinity = std::numeric_limits<double>::infinity();
  save_state(path_, StateDict{{"none", {}},
                              {"yes", true},
                              {"no", false},
                              {"one", 1},
                              {"low", std::int64_t{-3000000000}},
                              {"lowest", std::numeric_limits<std::int64_t>::min()},
                              {"tenth", 0.1},
                              {"infinity", infinity},
                              {"words", "Gr\xC3\xBC\xC3\x9F\x65"},
                              {"empty", ""},
                              {7, "under seven"},
                              {"list", StateList{1, "two", StateList{}}},
                              {"tuple", StateTuple{{0.9, 0.999}}},
                              {"dict", StateDict{{"inner", 2}}}});
  const StateValue state = load_state(path_);
  const auto* dict = state.get_if<StateDict>();
  ASSERT_NE(dict, nullptr);
  EXPECT_EQ(dict->entries().size(), 14U);
  EXPECT_EQ(std::get<std::string>(dict->entries()[1].first), "yes");
  EXPECT_TRUE(dict->find("none")->is_none());
  EXPECT_TRUE(get<bool>(*dict, "yes"));
  EXPECT_FALSE(get<bool>(*dict, "no"));
  EXPECT_EQ(get<std::int64_t>(*dict, "one"), 1);
  EXPECT_EQ(get<std::int64_t>(*dict, "low"), -3000000000);
  EXPECT_EQ(get<std::int64_t>(*dict, "lowest"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(get<double>(*dict, "tenth"), 0.1);
  EXPECT_EQ(get<double>(*dict, "infinity"), infinity);
  EXPECT_EQ(get<std::string>(*dict, "words"), "Gr\xC3\xBC\xC3\x9F\x65");
  EXPECT_EQ(get<std::string>(*dict, "empty"), "");
  EXPECT_EQ(get<std::string>(*dict, 7), "under seven");
  const auto list = get<StateList>(*dict, "list");
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(*list[1].get_if<std::string>(), "two");
  EXPECT_EQ(get<StateTuple>(*dict, "tuple").items.size(), 2U);
  EXPECT_EQ(get<std::int64_t>(get<StateDict>(*dict, "dict"), "inner"), 2);
  EXPECT_EQ(dict->find("missing"), nullptr);
  EXPECT_EQ(dict->find("tuple")->type_name(), "tuple");
}

TEST_F(StateFile, GivesBackTensorsOfEveryDtype) {
  const at::Tensor values = at::arange(12).reshape({3, 4}) - 3;
  for (const at::ScalarType dtype : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16, at::kChar,
                                     at::kShort, at::kInt, at::kLong, at::kByte, at::kBool}) {
    const at::Tensor expected = values.to(dtype);
    save_state(path_, StateList{expected, expected.t(), expected[1], expected.slice(1, 0, 0),
                                at::scalar_tensor(1, dtype)});
    const StateValue state = load_state(path_);
    const auto& list = *state.get_if<StateList>();
    EXPECT_TRUE(list[0].get_if<at::Tensor>()->equal(expected)) << dtype;
    EXPECT_EQ(list[0].get_if<at::Tensor>()->scalar_type(), dtype);
    EXPECT_TRUE(list[1].get_if<at::Tensor>()->equal(expected.t())) << dtype;
    EXPECT_TRUE(list[2].get_if<at::Tensor>()->equal(expected[1])) << dtype;
    EXPECT_EQ(list[3].get_if<at::Tensor>()->sizes(), at::IntArrayRef({3, 0}));
    EXPECT_EQ(list[4].get_if<at::Tensor>()->dim(), 0);
  }
}

TEST_F(StateFile, WritesATensorThatOccursTwiceOnce) {
  const at::Tensor values = at::randn({100});
  save_state(path_, StateList{values, values, values.view({10, 10}), values.slice(0, 0, 50)});
  const StateValue state = load_state(path_);
  const auto& list = *state.get_if<StateList>();
  EXPECT_TRUE(list[0].get_if<at::Tensor>()->is_alias_of(*list[1].get_if<at::Tensor>()));
  EXPECT_TRUE(list[2].get_if<at::Tensor>()->equal(values.view({10, 10})));
  EXPECT_TRUE(list[3].get_if<at::Tensor>()->equal(values.slice(0, 0, 50)));
  EXPECT_EQ(detail::ZipReader(path_).names().size(), 5U);
}

TEST_F(StateFile, RefusesToWriteWhatPythonWouldNotRead) {
  EXPECT_ERROR(save_state(path_, at::Tensor()), "undefined");
  EXPECT_ERROR(save_state(path_, at::ones({2}, at::kComplexFloat)), "Complex");
  EXPECT_ERROR(save_state(path_, at::ones({2}).to_sparse()), "cannot be written");
  EXPECT_ERROR(save_state(path_, "\xFF"), "UTF-8");
  EXPECT_ERROR(save_state(path_, "\xED\xA0\x80"), "UTF-8");
  EXPECT_ERROR(save_state(folder_ / "no/state.pt", 1), "cannot be written");
  StateValue deep;
  for (int i = 0; i < 101; ++i) {
    deep = StateList{deep};
  }
  EXPECT_ERROR(save_state(path_, deep), "nested deeper than 100");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(StateFile, ReadsViewsThatShareAStorage) {
  const std::string whole = tensor_pickle("K\6", "K\0"s, "K\2K\3", "K\3K\1");
  const std::string column = tensor_pickle("K\6", "K\1", "K\2", "K\3");
  const std::string transposed = tensor_pickle("K\6", "K\0"s, "K\3K\2", "K\1K\3");
  const StateValue state = load_state(pickled("(" + whole + column + transposed + "t"));
  const auto& views = state.get_if<StateTuple>()->items;
  const at::Tensor matrix = *views[0].get_if<at::Tensor>();
  EXPECT_TRUE(matrix.equal(at::arange(6, at::kFloat).reshape({2, 3})));
  EXPECT_TRUE(views[1].get_if<at::Tensor>()->equal(matrix.select(1, 1)));
  EXPECT_TRUE(views[2].get_if<at::Tensor>()->equal(matrix.t()));
  matrix.fill_(9);
  EXPECT_TRUE(views[1].get_if<at::Tensor>()->equal(matrix.select(1, 1)));
}

TEST_F(StateFile, ReadsWhatAModulesStateDictIsPickledAs) {
  const StateValue state =
      load_state(pickled("ccollections\nOrderedDict\n)R(X\1\0\0\0w"s +
                         tensor_pickle("K\6", "K\0"s, "K\6", "K\1") + "u}X\11\0\0\0_metadata}sb"s));
  EXPECT_EQ(get<at::Tensor>(*state.get_if<StateDict>(), "w").numel(), 6);
  const std::string parameter = "ctorch._utils\n_rebuild_parameter\n"s +
                                tensor_pickle("K\6", "K\0"s, "K\6", "K\1") +
                                "\x88"
                                "ccollections\nOrderedDict\n)R\x87R";
  EXPECT_EQ(load_state(pickled(parameter)).get_if<at::Tensor>()->numel(), 6);
}

TEST_F(StateFile, RefusesTensorsThatDoNotFitTheirStorage) {
  const auto bad = [](const std::string& offset, const std::string& sizes,
                      const std::string& strides) {
    return tensor_pickle("K\6", offset, sizes, strides);
  };
  const std::string huge = "\x8a\10\0\0\0\0\0\0\0\x40"s;
  expect_refused(bad("K\1", "K\6", "K\1"), {"beyond its storage of 6"});
  expect_refused(bad("K\0"s, "K\2K\3", "K\4K\1"), {"beyond its storage"});
  expect_refused(bad("J\377\377\377\377", "K\1", "K\1"), {"beyond its storage"});
  expect_refused(bad("K\7", "K\0"s, "K\1"), {"beyond its storage"});
  expect_refused(bad("K\0"s, huge, "K\1"), {"beyond its storage"});
  expect_refused(bad("K\0"s, huge + huge, "K\0K\0"s), {"beyond its storage"});
  expect_refused(bad("K\0"s, huge + "K\0"s, huge + huge), {"beyond its storage"});
  expect_refused(bad("K\0"s, "K\2", "J\377\377\377\377"), {"strides of 0 or more"});
  expect_refused(bad("K\0"s, "J\377\377\377\377", "K\1"), {"sizes of 0 or more"});
  expect_refused(bad("K\0"s, "K\2K\3", "K\1"), {"2 sizes and 1 strides"});
  expect_refused(bad("N", "K\6", "K\1"), {"expected a storage, an offset"});
  std::string many;
  for (int i = 0; i < 65; ++i) {
    many += "K\1";
  }
  expect_refused(bad("K\0"s, many, many), {"65 sizes"});
}

TEST_F(StateFile, RefusesStoragesThatAreNotThere) {
  const auto stored = [](const std::string& count, const std::string& type = "FloatStorage",
                         const std::string& key = "0") {
    return tensor_pickle(count, "K\0"s, "K\1", "K\1", type, key);
  };
  expect_refused(stored("K\5"), {"expected 5 elements of Float, got 24 bytes"});
  expect_refused(stored("\x8a\10\6\0\0\0\0\0\0\x40"s), {"expected 4611686018427387910 elements"});
  expect_refused(stored("J\377\377\377\377"), {"expected a storage of numbers"});
  expect_refused(stored("K\6", "DoubleStorage"), {"expected 6 elements of Double"});
  expect_refused(stored("K\6", "ComplexFloatStorage"), {"torch ComplexFloatStorage", "refused"});
  expect_refused(stored("K\6", "FloatStorage", "1"), {"has no record \"any name/data/1\""});
  expect_refused(stored("K\6", "FloatStorage", "../version"), {"has no record"});
  expect_refused("(" + stored("K\6") + stored("K\6", "IntStorage") + "t",
                 {"as 6 Float and as 6 Int"});
}

TEST_F(StateFile, RefusesWhatTensorsAndNumbersDoNotNeed) {
  expect_refused("cos\nsystem\nX\4\0\0\0true\x85R"s, {"the global \"os system\" is refused"});
  expect_refused("cnumpy\nndarray\n", {"the global \"numpy ndarray\" is refused"});
  expect_refused("ctorch._utils\n_rebuild_tensor_v2\n", {"no str, number"});
  expect_refused("U\3abc", {"no str, number"});
  expect_refused("}G\0\0\0\0\0\0\0\0Ns"s, {"neither str nor int"});
  expect_refused("X\1\0\0\0\xFF"s, {"not UTF-8"});
  expect_refused("\x8a\11\0\0\0\0\0\0\0\0\1"s, {"an integer of 9 bytes"});
  expect_refused("K\1Q", {"names a storage"});
  expect_refused("K\1\x85Q", {"no str, number"});
  expect_refused("\x93", {"opcode 0x93 is not one that numbers and tensors need"});
  expect_refused("", {"stops with 0 values"});
  expect_refused("]K\1b", {"attributes of an OrderedDict"});
  expect_refused("ccollections\nOrderedDict\nK\1\x85R", {"without arguments"});
}

TEST_F(StateFile, RefusesValuesThatContainThemselves) {
  expect_refused("]q\0h\0a"s, {"nested deeper than 100"});
  expect_refused("}q\0X\1\0\0\0ah\0s"s, {"nested deeper than 100"});
  expect_refused(std::string(150, ']') + std::string(149, 'a'), {"nested deeper than 100"});
  // A chain of lists, each of which was seen before at a place that is not deep.
  std::string chain = "(";
  for (char i = 0; i < 120; ++i) {
    chain += i == 0 ? "]q\0"s : "]h"s + static_cast<char>(i - 1) + "aq" + i;
  }
  expect_refused(chain + "t", {"nested deeper than 100"});
}

TEST_F(StateFile, TakesNoMoreForASharedTupleThanTheFileDoes) {
  // 90 tuples that each hold the one before twice: 2^90 values if they were copied.
  std::string doubled = "]";
  for (char i = 0; i < 90; ++i) {
    doubled += "q"s + i + "h" + i + "\x86";
  }
  const StateValue state = load_state(pickled(doubled));
  EXPECT_EQ(state.get_if<StateTuple>()->items.size(), 2U);
}

TEST_F(StateFile, RefusesOtherArchives) {
  EXPECT_ERROR(load_state(pickled("N", "big")), "state.pt: byte order \"big\"");
  detail::write_zip(path_, {{"a/other", "x"}});
  EXPECT_ERROR(load_state(path_), "state.pt: ", "no data.pkl");
  detail::write_zip(path_, {{"a/data.pkl", "x"}, {"b/data.pkl", "x"}});
  EXPECT_ERROR(load_state(path_), "more than one data.pkl");
  EXPECT_ERROR(load_state(folder_.write("old.pt", protocol_2("N") + std::string(100, ' '))),
               "expected a zip archive");
  EXPECT_ERROR(load_state(folder_ / "missing.pt"), "missing.pt", "cannot be read");
  EXPECT_ERROR(load_state(folder_.path()), "not a regular file");
}

TEST_F(StateFile, ReadsDamagedPicklesOrRefusesThem) {
  const detail::PickledState good = detail::pickle_state(
      StateDict{{"model", StateDict{{"weight", at::randn({3, 2})}, {"count", at::arange(4)}}},
                {"list", StateList{1, 2.5, "three", StateTuple{{true, {}}}}}});
  int refused = 0;
  constexpr int kRounds = 4000;
  for (int round = 0; round < kRounds; ++round) {
    RandomStream stream = RandomKey(11).stream(static_cast<std::uint64_t>(round));
    std::string bytes = good.bytes;
    for (std::uint64_t i = stream.below(3) + 1; i > 0; --i) {
      const std::size_t at = stream.below(bytes.size());
      stream.below(3) == 0 ? bytes.erase(at, 1 + stream.below(4))
                           : bytes.replace(at, 1, 1, static_cast<char>(stream.below(256)));
    }
    try {
      const Pickle pickle = read_pickle(bytes, "damaged", PickleDialect::kTorch);
      static_cast<void>(detail::read_state(
          pickle, [](const std::string&, at::ScalarType dtype, std::int64_t count) {
            check(count < 100, "damaged: too many");
            return at::empty({count}, dtype);
          }));
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
  }
  EXPECT_GT(refused, kRounds / 2);
  EXPECT_LT(refused, kRounds);
}

}  // namespace
}  // namespace grapevine::io
