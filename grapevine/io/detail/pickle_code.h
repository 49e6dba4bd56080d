#pragma once

#include <c10/core/ScalarType.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "grapevine/io/detail/pickle.h"

namespace grapevine::io::pickle_code {

/// The highest protocol that is read.
inline constexpr int kMaxProtocol = 2;

/// Opcodes under the names of Python's module pickle.
enum Opcode : unsigned char {
  kMark = '(',
  kStop = '.',
  kNone = 'N',
  kInt = 'I',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kBinFloat = 'G',
  kLong = 'L',
  kString = 'S',
  kBinString = 'T',
  kShortBinString = 'U',
  kUnicode = 'V',
  kBinUnicode = 'X',
  kEmptyList = ']',
  kList = 'l',
  kAppend = 'a',
  kAppends = 'e',
  kEmptyTuple = ')',
  kTuple = 't',
  kEmptyDict = '}',
  kDict = 'd',
  kSetItem = 's',
  kSetItems = 'u',
  kGet = 'g',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kPut = 'p',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kGlobal = 'c',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBuild = 'b',
  kProto = 0x80,
  kNewObj = 0x81,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
};

/// The classes and functions that are let in.
enum Global : std::int64_t {
  kReconstructArray,
  kNdarray,
  kDtypeClass,
  kCsrMatrix,
  kDefaultDict,
  kListClass,
  kObject,
  kReconstructObject,
  kEncode,
  kOrderedDict,
  kRebuildTensor,
  kRebuildParameter,
  kStorageClass,  ///< and the numbers after it: the classes in `kStorageNames`, in that order
};

/// How a pickle names one.
struct GlobalName {
  std::string_view module;
  std::string_view name;
  Global global;
  PickleDialect dialect = PickleDialect::kNumpy;
};

inline constexpr std::array kGlobals = {
    GlobalName{"numpy.core.multiarray", "_reconstruct", kReconstructArray},
    GlobalName{"numpy._core.multiarray", "_reconstruct", kReconstructArray},
    GlobalName{"numpy", "ndarray", kNdarray},
    GlobalName{"numpy", "dtype", kDtypeClass},
    GlobalName{"scipy.sparse.csr", "csr_matrix", kCsrMatrix},
    GlobalName{"scipy.sparse._csr", "csr_matrix", kCsrMatrix},
    GlobalName{"collections", "defaultdict", kDefaultDict},
    GlobalName{"__builtin__", "list", kListClass},
    GlobalName{"builtins", "list", kListClass},
    GlobalName{"__builtin__", "object", kObject},
    GlobalName{"builtins", "object", kObject},
    GlobalName{"copy_reg", "_reconstructor", kReconstructObject},
    GlobalName{"copyreg", "_reconstructor", kReconstructObject},
    GlobalName{"_codecs", "encode", kEncode},
    GlobalName{"collections", "OrderedDict", kOrderedDict, PickleDialect::kTorch},
    GlobalName{"torch._utils", "_rebuild_tensor_v2", kRebuildTensor, PickleDialect::kTorch},
    GlobalName{"torch._utils", "_rebuild_parameter", kRebuildParameter, PickleDialect::kTorch},
};

/// A class of the module torch that says which dtype a storage has.
struct StorageName {
  std::string_view name;
  at::ScalarType dtype;
};

inline constexpr std::array kStorageNames = {
    StorageName{"FloatStorage", at::kFloat}, StorageName{"DoubleStorage", at::kDouble},
    StorageName{"HalfStorage", at::kHalf},   StorageName{"BFloat16Storage", at::kBFloat16},
    StorageName{"CharStorage", at::kChar},   StorageName{"ShortStorage", at::kShort},
    StorageName{"IntStorage", at::kInt},     StorageName{"LongStorage", at::kLong},
    StorageName{"ByteStorage", at::kByte},   StorageName{"BoolStorage", at::kBool},
};

}  // namespace grapevine::io::pickle_code
