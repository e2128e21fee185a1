import Foundation

/// An OpenGL context that draws into memory, without a display, by the software renderer OSMesa.
///
/// The library is looked for when the first context is made, so that everything else works without it.
final class OffscreenContext {
    private typealias Create = @convention(c) (UInt32, Int32, Int32, Int32, OpaquePointer?) -> OpaquePointer?
    private typealias MakeCurrent =
        @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, UInt32, Int32, Int32) -> UInt8
    private typealias Destroy = @convention(c) (OpaquePointer?) -> Void

    /// Numbers of the OpenGL header.
    private static let rgbaFormat: UInt32 = 0x1908
    private static let unsignedByte: UInt32 = 0x1401
    private static let names = ["libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so", "libOSMesa.8.dylib"]

    private let context: OpaquePointer
    private let pixels: UnsafeMutableRawPointer
    private let size: (width: Int32, height: Int32)
    private let makeCurrentFunction: MakeCurrent
    private let destroy: Destroy

    /// - Parameter names: The library's possible names, for tests.
    /// - Throws: ``SimulationError/noOffscreenLibrary(reason:)``.
    init(width: Int, height: Int, names: [String] = OffscreenContext.names) throws {
        let library = try Self.open(names)
        let create: Create = try Self.function("OSMesaCreateContextExt", of: library)
        makeCurrentFunction = try Self.function("OSMesaMakeCurrent", of: library)
        destroy = try Self.function("OSMesaDestroyContext", of: library)
        let (depthBits, stencilBits, accumulationBits): (Int32, Int32, Int32) = (24, 8, 0)
        guard let context = create(Self.rgbaFormat, depthBits, stencilBits, accumulationBits, nil) else {
            throw SimulationError.noOffscreenLibrary(reason: "OSMesa makes no context")
        }
        self.context = context
        size = (Int32(width), Int32(height))
        pixels = .allocate(byteCount: 4 * width * height, alignment: 16)
    }

    deinit {
        destroy(context)
        pixels.deallocate()
    }

    /// Lets this thread's OpenGL calls draw here.
    ///
    /// - Throws: ``SimulationError/noOffscreenLibrary(reason:)``.
    func makeCurrent() throws {
        guard makeCurrentFunction(context, pixels, Self.unsignedByte, size.width, size.height) != 0 else {
            throw SimulationError.noOffscreenLibrary(reason: "OSMesa cannot draw \(size.width) x \(size.height) pixels")
        }
    }

    private static func open(_ names: [String]) throws -> UnsafeMutableRawPointer {
        for name in names {
            // MuJoCo looks for OpenGL's functions among all that is loaded.
            if let library = dlopen(name, RTLD_NOW | RTLD_GLOBAL) { return library }
        }
        throw SimulationError.noOffscreenLibrary(reason: "none of \(names.joined(separator: ", ")) is installed")
    }

    private static func function<Function>(_ name: String, of library: UnsafeMutableRawPointer) throws -> Function {
        guard let symbol = dlsym(library, name) else {
            throw SimulationError.noOffscreenLibrary(reason: "the library lacks \(name)")
        }
        return unsafeBitCast(symbol, to: Function.self)
    }
}
