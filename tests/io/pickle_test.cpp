#include "grapevine/io/detail/pickle.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grapevine/io/detail/pickle_numpy.h"
#include "tests/support/expect_error.h"
#include "tests/support/ids.h"
#include "tests/support/pickled.h"

namespace grapevine::io {
namespace {

using namespace std::string_literals;
using testing_support::list;
using testing_support::pickled_array;
using testing_support::pickled_csr;

/// numpy.array([[1, 0], [10, 255], [92, 39]], dtype="u1") as Python 3 pickles it, by protocol.
const std::vector<std::string> kBytesArray = {
    "cnumpy.core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n(I0\ntp2\nc_codecs\nencode\np3"
    "\n(Vb\np4\nVlatin1\np5\ntp6\nRp7\ntp8\nRp9\n(I1\n(I3\nI2\ntp10\ncnumpy\ndtype\np11\n(Vu1\np12"
    "\nI00\nI01\ntp13\nRp14\n(I3\nV|\np15\nNNNI-1\nI-1\nI0\ntp16\nbI00\ng3\n(V\001\\u0000\\u000a"
    "\377\\u005c'\np17\ng5\ntp18\nRp19\ntp20\nb."s,
    "cnumpy.core.multiarray\n_reconstruct\nq\000(cnumpy\nndarray\nq\001(K\000tq\002c_codecs\nencode"
    "\nq\003(X\001\000\000\000bq\004X\006\000\000\000latin1q\005tq\006Rq\007tq\010Rq\011(K\001("
    "K\003"
    "K\002tq\ncnumpy\ndtype\nq\013(X\002\000\000\000u1q\014I00\nI01\ntq\015Rq\016("
    "K\003X\001\000\000"
    "\000|q\017NNNJ\377\377\377\377J\377\377\377\377K\000tq\020bI00\nh\003("
    "X\007\000\000\000\001\000"
    "\n\303\277\\'q\021h\005tq\022Rq\023tq\024b."s,
    "\200\002cnumpy.core.multiarray\n_reconstruct\nq\000cnumpy\nndarray\nq\001K\000\205q\002c_"
    "codecs"
    "\nencode\nq\003X\001\000\000\000bq\004X\006\000\000\000latin1q\005\206q\006Rq\007\207q\010Rq"
    "\011"
    "(K\001K\003K\002\206q\ncnumpy\ndtype\nq\013X\002\000\000\000u1q\014\211\210\207q\015Rq\016(K"
    "\003X\001\000\000\000|q\017NNNJ\377\377\377\377J\377\377\377\377K\000tq\020b\211h\003X\007\000"
    "\000\000\001\000\n\303\277\\'q\021h\005\206q\022Rq\023tq\024b."s,
};

/// numpy.asfortranarray([[1, 2, 3], [4, 5, 6]]) of dtype "i2", from Python 3, protocol 2.
const std::string kFortranArray =
    "\200\002cnumpy.core.multiarray\n_reconstruct\nq\000cnumpy\nndarray\nq\001K\000\205q\002c_"
    "codecs"
    "\nencode\nq\003X\001\000\000\000bq\004X\006\000\000\000latin1q\005\206q\006Rq\007\207q\010Rq"
    "\011"
    "(K\001K\002K\003\206q\ncnumpy\ndtype\nq\013X\002\000\000\000i2q\014\211\210\207q\015Rq\016(K"
    "\003X\001\000\000\000<q\017NNNJ\377\377\377\377J\377\377\377\377K\000tq\020b\210h\003X\014\000"
    "\000\000\001\000\004\000\002\000\005\000\003\000\006\000q\021h\005\206q\022Rq\023tq\024b."s;

/// scipy.sparse.csr_matrix([[0, 2], [0, 0], [3, 4]], dtype="f4") from Python 3, protocols 0 and 2.
const std::vector<std::string> kMatrix = {
    "ccopy_reg\n_reconstructor\np0\n(cscipy.sparse._csr\ncsr_matrix\np1\nc__builtin__\nobject\np2\n"
    "Ntp3\nRp4\n(dp5\nV_shape\np6\n(I3\nI2\ntp7\nsVmaxprint\np8\nI50\nsVindptr\np9\ncnumpy.core."
    "multiarray\n_reconstruct\np10\n(cnumpy\nndarray\np11\n(I0\ntp12\nc_codecs\nencode\np13\n(Vb\n"
    "p14\nVlatin1\np15\ntp16\nRp17\ntp18\nRp19\n(I1\n(I4\ntp20\ncnumpy\ndtype\np21\n(Vi4\np22\nI00"
    "\nI01\ntp23\nRp24\n(I3\nV<\np25\nNNNI-1\nI-1\nI0\ntp26\nbI00\ng13\n(V\\u0000\\u0000\\u0000"
    "\\u0000\001\\u0000\\u0000\\u0000\001\\u0000\\u0000\\u0000\003\\u0000\\u0000\\u0000\np27\ng15\n"
    "tp28\nRp29\ntp30\nbsVindices\np31\ng10\n(g11\n(I0\ntp32\ng17\ntp33\nRp34\n(I1\n(I3\ntp35\ng24"
    "\nI00\ng13\n(V\001\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\001\\u0000\\u0000\\u0000\n"
    "p36\ng15\ntp37\nRp38\ntp39\nbsVdata\np40\ng10\n(g11\n(I0\ntp41\ng17\ntp42\nRp43\n(I1\n(I3\n"
    "tp44\ng21\n(Vf4\np45\nI00\nI01\ntp46\nRp47\n(I3\ng25\nNNNI-1\nI-1\nI0\ntp48\nbI00\ng13\n(V"
    "\\u0000\\u0000\\u0000@\\u0000\\u0000@@\\u0000\\u0000\200@\np49\ng15\ntp50\nRp51\ntp52\nbsb."s,
    "\200\002cscipy.sparse._csr\ncsr_matrix\nq\000)\201q\001}q\002(X\006\000\000\000_"
    "shapeq\003K\003"
    "K\002\206q\004X\010\000\000\000maxprintq\005K2X\006\000\000\000indptrq\006cnumpy.core."
    "multiarray\n_reconstruct\nq\007cnumpy\nndarray\nq\010K\000\205q\011c_codecs\nencode\nq\nX\001"
    "\000\000\000bq\013X\006\000\000\000latin1q\014\206q\015Rq\016\207q\017Rq\020("
    "K\001K\004\205q\021"
    "cnumpy\ndtype\nq\022X\002\000\000\000i4q\023\211\210\207q\024Rq\025(K\003X\001\000\000\000<"
    "q\026"
    "NNNJ\377\377\377\377J\377\377\377\377K\000tq\027b\211h\nX\020\000\000\000\000\000\000\000\001"
    "\000\000\000\001\000\000\000\003\000\000\000q\030h\014\206q\031Rq\032tq\033bX\007\000\000\000"
    "indicesq\034h\007h\010K\000\205q\035h\016\207q\036Rq\037(K\001K\003\205q h\025\211h\nX\014\000"
    "\000\000\001\000\000\000\000\000\000\000\001\000\000\000q!h\014\206q\"Rq#tq$bX\004\000\000\000"
    "dataq%h\007h\010K\000\205q&h\016\207q'Rq((K\001K\003\205q)h\022X\002\000\000\000f4q*\211\210"
    "\207q+Rq,(K\003h\026NNNJ\377\377\377\377J\377\377\377\377K\000tq-b\211h\nX\015\000\000\000\000"
    "\000\000@\000\000@@\000\000\302\200@q.h\014\206q/Rq0tq1bub."s,
};

Pickle read(const std::string& bytes) { return read_pickle(bytes, "file"); }

TEST(ReadPickle, BuildsPlainValuesOfEachProtocol) {
  // [True, None, -7, 2**40, -2**40, (1,), {}, "x"]
  for (const std::string& bytes :
       {"(lp0\nI01\naNaI-7\naL1099511627776L\naL-1099511627776L\na(I1\ntp1\na(dp2\naVx\np3\na."s,
        "]q\000(I01\nNJ\371\377\377\377L1099511627776L\nL-1099511627776L\n(K\001tq\001}q\002X\001"
        "\000\000\000xq\003e."s,
        "\200\002]q\000(\210NJ\371\377\377\377\212\006\000\000\000\000\000\001\212\006\000\000\000"
        "\000\000\377K\001\205q\001}q\002X\001\000\000\000xq\003e."s}) {
    const Pickle pickle = read(bytes);
    ASSERT_EQ(pickle.root.kind, PickleKind::kList);
    const std::vector<PickleValue>& values = pickle.items_of(pickle.root);
    ASSERT_EQ(values.size(), 8U);
    EXPECT_EQ(values[0].kind, PickleKind::kBool);
    EXPECT_EQ(values[0].number, 1);
    EXPECT_EQ(values[1].kind, PickleKind::kNone);
    EXPECT_EQ(values[2].kind, PickleKind::kInt);
    EXPECT_EQ(values[2].number, -7);
    EXPECT_EQ(values[3].number, std::int64_t{1} << 40);
    EXPECT_EQ(values[4].number, -(std::int64_t{1} << 40));
    EXPECT_EQ(pickle.items_of(values[5]).at(0).number, 1);
    EXPECT_EQ(values[6].kind, PickleKind::kDict);
    EXPECT_EQ(values[7].text, "x");
  }
}

TEST(ReadPickle, ReadsBothSpellingsOfStrings) {
  for (const auto& [bytes, text] : {std::pair{"S'a\\x00\\n\\\\\\'\\t'\n."s, "a\0\n\\'\t"s},
                                    {"S\"it's\"\n."s, "it's"s},
                                    {"U\002\xFF\0."s, "\xFF\0"s},
                                    {"T\001\000\000\000z."s, "z"s}}) {
    const Pickle pickle = read(bytes);
    EXPECT_EQ(pickle.root.kind, PickleKind::kBytes);
    EXPECT_EQ(pickle.root.text, text);
  }
  EXPECT_EQ(read("V\\u0041\\U00000042\\n\n."s).root.text, "AB\\n");
  for (const std::string& bad : {"S'a\n."s, "Sa'\n."s, "S'\\q'\n."s, "S'\\x4'\n."s, "S'\\'\n."s,
                                 "V\\u0100\n."s, "V\\u00\n."s}) {
    EXPECT_ERROR(read(bad), "file: ", "at byte 0", "malformed");
  }
}

TEST(ReadPickle, RefusesEveryOtherGlobal) {
  EXPECT_ERROR(read("cos\nsystem\n(S'true'\ntR."s), "file: ", "\"os system\" is refused");
  EXPECT_ERROR(read("c__builtin__\neval\n."s), "\"__builtin__ eval\"");
  EXPECT_ERROR(read("cnumpy\nndarray2\n."s), "refused");
  EXPECT_ERROR(read("c\033[31m\n\x07\n."s), "\"?[31m ?\"");
}

TEST(ReadPickle, RefusesEveryOtherOpcodeAndProtocol) {
  for (const unsigned char opcode :
       {'G', '0', '2', '1', 'P', 'Q', 'i', 'o', 'C', 'B', '\x82', '\x83', '\x84', '\x8b', '\x8c',
        '\x93', '\x95', '\xFF', '\0'}) {
    EXPECT_ERROR(read("K\001K\002" + std::string(1, static_cast<char>(opcode))), "at byte 4",
                 fmt::format("opcode 0x{:02x}", opcode));
  }
  EXPECT_ERROR(read("\200\003N."s), "protocol 3: expected at most 2");
}

TEST(ReadPickle, CallsNothingInOtherWays) {
  const std::string array = "cnumpy.core.multiarray\n_reconstruct\n";
  EXPECT_ERROR(read(array + "(tR."), "new ndarray");
  EXPECT_ERROR(read(array + "(c__builtin__\nobject\nI0\nI0\ntR."), "new ndarray");
  EXPECT_ERROR(read("ccollections\ndefaultdict\n(c__builtin__\nobject\ntR."),
               "defaultdict of lists");
  EXPECT_ERROR(read("c__builtin__\nlist\n(tR."), "got a class");
  EXPECT_ERROR(read("c_codecs\nencode\n(Vx\nVutf8\ntR."), "encode as latin1");
  EXPECT_ERROR(read("ccopy_reg\n_reconstructor\n(c__builtin__\nobject\nc__builtin__\nobject\nNtR."),
               "new csr_matrix");
  EXPECT_ERROR(read("cnumpy\ndtype\n(tR."), "type of a dtype");
  EXPECT_ERROR(read("c__builtin__\nobject\n)\x81."), "new csr_matrix");
  EXPECT_ERROR(read("I1\n(tR."), "call of a global");
  EXPECT_ERROR(read("](dI1\nb."), "give a state to");
}

TEST(ReadPickle, SurvivesFilesThatAreNotAProgram) {
  for (const std::string& cut : {""s, "K"s, "U\005ab"s, "T\377\377\377\377a"s,
                                 "X\377\377\377\377a"s, "I12"s, "cnumpy\n"s, "\200"s}) {
    EXPECT_ERROR(read(cut), "file: ", "ends within");
  }
  EXPECT_ERROR(read("."s), "stops with 0 values");
  EXPECT_ERROR(read("NN."s), "stops with 2 values");
  EXPECT_ERROR(read("(N."s), "stops with 1 values");
  EXPECT_ERROR(read("N.N"s), "goes on");
  EXPECT_ERROR(read("t."s), "nothing was marked");
  EXPECT_ERROR(read("N\206."s), "expected 2 values");
  EXPECT_ERROR(read("N(a."s), "expected 1 values");
  EXPECT_ERROR(read("Na."s), "nothing is there");
  EXPECT_ERROR(read("NNa."s), "a list to add to");
  EXPECT_ERROR(read("](NNu."s), "a dict to add to");
  EXPECT_ERROR(read("}(Nu."s), "a key without a value");
  EXPECT_ERROR(read("(Nd."s), "a key without a value");
  EXPECT_ERROR(read("q\001."s), "nothing is there");
  EXPECT_ERROR(read("h\001."s), "nothing was kept under 1");
  EXPECT_ERROR(read("I1x\n."s), "\"1x\"");
  EXPECT_ERROR(read("L99999999999999999999L\n."s), "64-bit");
  EXPECT_ERROR(read("\212\011123456789."s), "an integer of 9 bytes");
}

TEST(ReadPickle, TakesAnyDepthAndCycles) {
  std::string deep = "N";
  deep.append(1000000, '\205');
  EXPECT_EQ(read(deep + ".").root.kind, PickleKind::kTuple);
  const Pickle cycle = read("]q\001h\001a."s);
  EXPECT_EQ(cycle.items_of(cycle.root).at(0).items, cycle.root.items);
  EXPECT_ERROR(read_array(cycle), "expected an array");
}

TEST(ReadArray, ReadsWhatPythonWrites) {
  const at::Tensor expected = at::tensor({1, 0, 10, 255, 92, 39}, at::kByte).reshape({3, 2});
  for (const std::string& bytes : kBytesArray) {
    EXPECT_TRUE(read_array(read(bytes)).equal(expected));
  }
  const at::Tensor fortran = read_array(read(kFortranArray));
  EXPECT_EQ(fortran.scalar_type(), at::kShort);
  EXPECT_EQ(fortran.sizes(), at::IntArrayRef({2, 3}));
  EXPECT_EQ(list(fortran), (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6}));
  for (const at::ScalarType dtype : {at::kFloat, at::kDouble, at::kInt, at::kLong}) {
    const at::Tensor tensor = at::arange(12, dtype).reshape({3, 4});
    const at::Tensor got = read_array(read(pickled_array(tensor)));
    EXPECT_EQ(got.scalar_type(), dtype);
    EXPECT_TRUE(got.equal(tensor));
  }
  EXPECT_EQ(read_array(read(pickled_array(at::empty({0, 7})))).sizes(), at::IntArrayRef({0, 7}));
}

/// `text` with the one occurrence of `old` replaced.
std::string with(std::string text, const std::string& old, const std::string& replacement) {
  const std::size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), replacement);
}

TEST(ReadArray, SaysWhatDoesNotFit) {
  const std::string good = kBytesArray[0];
  const auto expect = [&](const std::string& old, const std::string& replacement,
                          const std::string& words) {
    EXPECT_ERROR(read_array(read(with(good, old, replacement))), "file: ndarray: ", words);
  };
  expect("I3\nI2\n", "I4\nI2\n", "promises 8 bytes of data, the file has 6");
  expect("I3\nI2\n", "I-3\nI-2\n", "sizes of 0 or more");
  expect("I3\nI2\n", "I0\nI9223372036854775807\nI3\n", "overflows");
  expect("I3\nI2\n", "NN", "sizes of 0 or more");
  expect("(Vu1", "(VO8", "got \"O8\"");
  expect("(Vu1", "(Vc16", "got \"c16\"");
  expect("(Vu1", "(I1", "expected a dtype");
  expect("V|", "V>", "big-endian");
  expect("(V\001", "(V\001\\u0000", "the file has 7");
}

TEST(ReadArray, RefusesArraysWithoutData) {
  EXPECT_ERROR(read_array(read("N."s)), "expected an array");
  EXPECT_ERROR(
      read_array(read("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nI0\nI0\ntR."s)),
      "with its content");
}

TEST(ReadCsrMatrix, ReadsWhatPythonWrites) {
  std::vector<std::string> files = kMatrix;
  files.push_back(pickled_csr(at::tensor({0., 2., 0., 0., 3., 4.}, at::kFloat).reshape({3, 2})));
  for (const std::string& bytes : files) {
    const CsrMatrix matrix = read_csr_matrix(read(bytes));
    EXPECT_EQ(matrix.rows, 3);
    EXPECT_EQ(matrix.columns, 2);
    EXPECT_EQ(list(matrix.indptr), (std::vector<std::int64_t>{0, 1, 1, 3}));
    EXPECT_EQ(list(matrix.indices), (std::vector<std::int64_t>{1, 0, 1}));
    EXPECT_TRUE(matrix.values.equal(at::tensor({2., 3., 4.}, at::kDouble)));
  }
}

TEST(ReadCsrMatrix, SaysWhatDoesNotFit) {
  const testing_support::CsrParts good = {.rows = 2,
                                          .columns = 3,
                                          .indptr = at::tensor({0, 1, 3}, at::kInt),
                                          .indices = at::tensor({2, 0, 1}, at::kInt),
                                          .data = at::tensor({1., 2., 3.}, at::kFloat)};
  const auto expect = [&](auto change, const std::string& words) {
    testing_support::CsrParts parts = good;
    change(parts);
    EXPECT_ERROR(read_csr_matrix(read(pickled_csr(parts))), "file: ", words);
  };
  using Parts = testing_support::CsrParts;
  expect([](Parts& parts) { parts.rows = 5; }, "expected 5 + 1 offsets, got 3");
  expect([](Parts& parts) { parts.rows = std::int64_t{1} << 60; }, "offsets, got 3");
  expect([](Parts& parts) { parts.columns = 2; }, "column 2 is out of range [0, 2)");
  expect([](Parts& parts) { parts.columns = -1; }, "sizes of 0 or more");
  expect(
      [](Parts& parts) {
        parts.indptr = at::tensor({0, 4, 3}, at::kInt);
      },
      "ascend from 0 to 3");
  expect([](Parts& parts) { parts.indptr = at::tensor({-1, 1, 3}, at::kInt); }, "ascend");
  expect([](Parts& parts) { parts.indptr = at::tensor({0, 1, 4}, at::kInt); }, "ascend");
  expect([](Parts& parts) { parts.indptr = at::zeros({0}, at::kInt); }, "offsets, got 0");
  expect([](Parts& parts) { parts.indices = at::tensor({2, 0, -1}, at::kInt); }, "column -1");
  expect([](Parts& parts) { parts.indices = at::tensor({2., 0., 1.}, at::kFloat); }, "of integers");
  expect(
      [](Parts& parts) {
        parts.data = at::tensor({1., 2.}, at::kFloat);
      },
      "a value for each of 3");
  const std::string bytes = pickled_csr(good);
  EXPECT_ERROR(read_csr_matrix(read(with(bytes, "indices", "Indices"))), "has no indices");
  EXPECT_ERROR(read_csr_matrix(read(with(bytes, "ub.", "u0."))), "opcode 0x30");
  EXPECT_ERROR(read_csr_matrix(read(pickled_array(at::zeros({2})))), "expected a scipy csr_matrix");
}

}  // namespace
}  // namespace grapevine::io
