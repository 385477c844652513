// Pictures for tests: the grey faces of `tests/golden`, read without a decoder, and the same turned and mirrored by hand.

import Foundation
import Moue
import XCTest

/// A grey picture, a byte a pixel, rows without padding.
struct Picture {
    var width: Int
    var height: Int
    var pixels: [UInt8]

    var layout: FrameLayout { FrameLayout(.luma, width: width, height: height) }
    var data: Data { Data(pixels) }

    static let checkout = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func astronaut() throws -> Picture { try Picture(pgm: "astronaut.pgm") }
    static func graceHopper() throws -> Picture { try Picture(pgm: "grace_hopper.pgm") }

    init(width: Int, height: Int, pixels: [UInt8]) {
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A binary PGM of `tests/golden` with 255 as its highest value.
    init(pgm name: String) throws {
        let bytes = [UInt8](try Data(contentsOf: Self.checkout.appendingPathComponent("tests/golden/\(name)")))
        var words: [String] = []
        var position = 0
        while words.count < 4 {
            let end = try XCTUnwrap(bytes[position...].firstIndex { $0 == 0x20 || $0 == 0x0A })
            words.append(String(decoding: bytes[position..<end], as: UTF8.self))
            position = end + 1
        }
        XCTAssertEqual(words[0], "P5")
        XCTAssertEqual(words[3], "255")
        width = try XCTUnwrap(Int(words[1]))
        height = try XCTUnwrap(Int(words[2]))
        pixels = Array(bytes[position...])
        XCTAssertEqual(pixels.count, width * height)
    }

    /// The picture with a grey border all around.
    func inFrame(width newWidth: Int, height newHeight: Int, x: Int, y: Int) -> Picture {
        var picture = Picture(width: newWidth, height: newHeight, pixels: Array(repeating: 120, count: newWidth * newHeight))
        for row in 0..<height {
            for column in 0..<width {
                picture.pixels[(row + y) * newWidth + column + x] = pixels[row * width + column]
            }
        }
        return picture
    }

    var turnedClockwise: Picture {
        rearranged(width: height, height: width) { x, y in (y, height - 1 - x) }
    }

    var mirrored: Picture {
        rearranged(width: width, height: height) { x, y in (width - 1 - x, y) }
    }

    private func rearranged(width newWidth: Int, height newHeight: Int, from: (Int, Int) -> (Int, Int)) -> Picture {
        var picture = Picture(width: newWidth, height: newHeight, pixels: [])
        for y in 0..<newHeight {
            for x in 0..<newWidth {
                let (oldX, oldY) = from(x, y)
                picture.pixels.append(pixels[oldY * width + oldX])
            }
        }
        return picture
    }
}

/// Fails unless `body` throws a `MoueError` of this kind whose message holds all of the words.
func assertThrows<Value>(
    _ kind: MoueError.Kind, _ words: String..., file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Value
) {
    XCTAssertThrowsError(try body(), file: file, line: line) { error in
        guard let error = error as? MoueError else {
            return XCTFail("not a MoueError: \(error)", file: file, line: line)
        }
        XCTAssertEqual(error.kind, kind, error.message, file: file, line: line)
        for word in words {
            XCTAssertTrue(error.message.contains(word), "\"\(error.message)\" doesn't say \"\(word)\"", file: file, line: line)
        }
    }
}
