/// The opcodes of pickle protocols 2 to 5 that plain data and tensors need.
enum PickleOpcode: UInt8 {
    case protocolVersion = 0x80
    case frame = 0x95
    case stop = 0x2E

    case none = 0x4E
    case `true` = 0x88
    case `false` = 0x89
    case int32 = 0x4A
    case uint8 = 0x4B
    case uint16 = 0x4D
    /// An integer of any length in two's complement (`LONG1`).
    case shortInteger = 0x8A
    case float = 0x47
    case shortText = 0x8C
    case text = 0x58
    case longText = 0x8D
    case shortBytes = 0x43
    case bytes = 0x42
    case longBytes = 0x8E
    case byteArray = 0x96

    case emptyList = 0x5D
    case append = 0x61
    case appendAll = 0x65
    case emptyTuple = 0x29
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case tuple = 0x74
    case emptyDictionary = 0x7D
    case insert = 0x73
    case insertAll = 0x75

    case mark = 0x28
    case pop = 0x30
    case popToMark = 0x31
    case duplicate = 0x32
    case shortPut = 0x71
    case put = 0x72
    case memoize = 0x94
    case shortGet = 0x68
    case get = 0x6A

    case global = 0x63
    case stackGlobal = 0x93
    case persistent = 0x51
    case call = 0x52
    /// Makes an object of a class (`NEWOBJ`); for the few classes allowed the same as a call.
    case make = 0x81
    case setState = 0x62
}
