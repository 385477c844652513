// A camera's buffers, as the stand-in of Core Video makes them, through the wrapper's own code for them: read where they lie, locked only
// meanwhile, and refused with words where they can't be used. Its one argument is the checkout.

import CoreMedia
import CoreVideo
import Foundation
import ImageIO
import Moue

func check(_ what: String, _ holds: Bool) {
    print(holds ? "ok:" : "FAILED:", what)
    if !holds { exit(1) }
}

/// What the error of a kind says; fails where none is thrown.
func message(_ kind: MoueError.Kind, _ what: String, _ body: () throws -> Void) -> String {
    do {
        try body()
    } catch let error as MoueError {
        check("\(what) is refused: \(error.message)", error.kind == kind)
        return error.message
    } catch {
        check("\(what) is a MoueError", false)
    }
    check("\(what) is refused", false)
    return ""
}

let checkout = CommandLine.arguments[1]
let file = try Data(contentsOf: URL(fileURLWithPath: "\(checkout)/tests/golden/astronaut.pgm"))
let (side, padded) = (128, 192)
let grey = [UInt8](file.suffix(side * side))

/// A buffer of this format with the astronaut's picture in its first plane, no byte longer than Core Video promises.
func buffer(_ name: String) -> CVPixelBuffer {
    let code = name.utf8.reduce(OSType(0)) { $0 << 8 | OSType($1) }
    let pixel = ["420f": 1, "420v": 1, "xf20": 2, "x420": 2, "BGRA": 4][name] ?? 1
    let stride = padded * pixel
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: stride * (side - 1) + side * pixel, alignment: 64)
    for y in 0..<side {
        for x in 0..<side {
            let luma = grey[y * side + x]
            let video = UInt8(16 + (Int(luma) * 219 + 127) / 255)
            let place = y * stride + x * pixel
            switch name {
            case "420v": bytes.storeBytes(of: video, toByteOffset: place, as: UInt8.self)
            case "xf20", "x420":
                bytes.storeBytes(of: 0, toByteOffset: place, as: UInt8.self)
                bytes.storeBytes(of: name == "x420" ? video : luma, toByteOffset: place + 1, as: UInt8.self)
            default:
                for channel in 0..<pixel { bytes.storeBytes(of: luma, toByteOffset: place + channel, as: UInt8.self) }
            }
        }
    }
    return CVPixelBuffer(code: code, isPlanar: pixel != 4, width: side, height: side, rowStride: stride, bytes: bytes)
}

let analyzer = try MoueAnalyzer()
let plain = try analyzer.analyze(Data(grey), FrameLayout(.luma, width: side, height: side))
check("the plain picture has one face", plain.count == 1)

for name in ["420f", "xf20", "BGRA"] {
    let frame = buffer(name)
    check("\(name) gives the faces of the plain picture", try analyzer.analyze(frame) == plain)
    check("\(name) is unlocked afterwards", frame.locks == 0)
}
for name in ["420v", "x420"] {
    let faces = try analyzer.analyze(buffer(name))
    // Its 220 levels are spread over 256 again, so numbers differ a little.
    check("\(name), of video range, reads the same", faces.map(\.reading.verdict) == plain.map(\.reading.verdict))
    check("\(name) finds the face in its place", abs(faces[0].points.nose.x - plain[0].points.nose.x) < 1)
}

for orientation in FrameOrientation.allCases {
    let image = CGImagePropertyOrientation(rawValue: orientation.rawValue)!
    let bytes = FrameLayout(.luma, width: side, height: side, orientation: orientation)
    check("orientation \(orientation) means what EXIF says", try analyzer.analyze(buffer("420f"), orientation: image) == analyzer.analyze(Data(grey), bytes))
}

/// A live session, fed with what a camera and a clip deliver.
func live() async throws -> MoueSession {
    let session = try MoueSession()
    var results = session.results.makeAsyncIterator()
    let sample = CMSampleBuffer(image: buffer("420f"), time: CMTime(value: 3, timescale: 30))
    check("a sample is taken", try session.submit(sample) == .waiting)
    let result = await results.next()
    check("its time is in nanoseconds", result?.timestamp == 100_000_000)
    check("its face is found", result?.faces.first?.face.reading.verdict == .certain(.happy))
    check("the host's clock goes on from there", try session.submit(buffer("420f")) == .waiting)
    return session
}

let session = try await live()
let locked = buffer("420f")
locked.lockStatus = -6661
_ = message(.badInput, "a buffer that can't be locked") { try session.submit(locked) }
check("it isn't unlocked then", locked.locks == 0)
let other = buffer("2vuy")
check("the format is named", message(.badInput, "another format") { _ = try analyzer.analyze(other) }.contains("\"2vuy\""))
check("it isn't left locked", other.locks == 0)
let early = buffer("420f")
_ = message(.badInput, "a time that doesn't rise") { try session.submit(early, time: CMTime(value: 1, timescale: 30)) }
check("it isn't left locked", early.locks == 0)
_ = message(.badInput, "a time that is no number") { try session.submit(buffer("420f"), time: .invalid) }
_ = message(.badInput, "a sample without a picture") { try session.submit(CMSampleBuffer(image: nil, time: .zero)) }
