// Photos: faces found and read, in every layout and orientation, and what is said of input that can't be used.

import Foundation
import XCTest

@testable import Moue

final class AnalyzerTests: XCTestCase {
    func testTheAstronautIsHappyAndHerEyesAreWhereAPersonSeesThem() throws {
        let faces = try MoueAnalyzer().analyze(Picture.astronaut().data, Picture.astronaut().layout)
        XCTAssertEqual(faces.count, 1)
        let face = try XCTUnwrap(faces.first)
        XCTAssertEqual(face.reading.verdict, .certain(.happy))
        XCTAssertEqual(face.reading.scores.best, .happy)
        XCTAssertEqual(FacialExpression.allCases.reduce(0) { $0 + face.reading.scores[$1] }, 1, accuracy: 1e-5)
        // Read off the picture, enlarged, by eye.
        XCTAssertEqual(face.points.imageLeftEye.x, EyesOfTheAstronaut.left.x, accuracy: 3)
        XCTAssertEqual(face.points.imageLeftEye.y, EyesOfTheAstronaut.left.y, accuracy: 3)
        XCTAssertEqual(face.points.imageRightEye.x, EyesOfTheAstronaut.right.x, accuracy: 3)
        XCTAssertEqual(face.points.imageRightEye.y, EyesOfTheAstronaut.right.y, accuracy: 3)
        XCTAssertTrue(face.bounds.contains(face.points.nose))
    }

    func testBorrowedBytesAreReadWhereTheyLie() throws {
        let picture = try Picture.astronaut()
        picture.pixels.withUnsafeBytes { pixels in
            withBorrowedData(pixels) { data in
                data.withUnsafeBytes { XCTAssertEqual($0.baseAddress, pixels.baseAddress) }
            }
        }
    }

    func testBorrowedBytesAndDataGiveTheSameFaces() throws {
        let (analyzer, picture) = (try MoueAnalyzer(), try Picture.graceHopper())
        let borrowed = try picture.pixels.withUnsafeBytes { try analyzer.analyze($0, picture.layout) }
        XCTAssertEqual(borrowed, try analyzer.analyze(picture.data, picture.layout))
        XCTAssertFalse(borrowed.isEmpty)
    }

    func testAllEightOrientationsOfAPictureGiveTheFacesOfTheUprightOne() throws {
        let analyzer = try MoueAnalyzer()
        let upright = try Picture.astronaut().inFrame(width: 200, height: 150, x: 50, y: 10)
        let expected = try analyzer.analyze(upright.data, upright.layout)
        XCTAssertFalse(expected.isEmpty)
        // By the EXIF standard, the buffer is made from the upright picture by the inverse of what its number asks for.
        let buffers: [(FrameOrientation, Picture)] = [
            (.up, upright),
            (.upMirrored, upright.mirrored),
            (.down, upright.turnedClockwise.turnedClockwise),
            (.downMirrored, upright.mirrored.turnedClockwise.turnedClockwise),
            (.leftMirrored, upright.mirrored.turnedClockwise.turnedClockwise.turnedClockwise),
            (.right, upright.turnedClockwise.turnedClockwise.turnedClockwise),
            (.rightMirrored, upright.mirrored.turnedClockwise),
            (.left, upright.turnedClockwise),
        ]
        XCTAssertEqual(Set(buffers.map(\.0)), Set(FrameOrientation.allCases))
        for (orientation, buffer) in buffers {
            var layout = buffer.layout
            layout.orientation = orientation
            XCTAssertEqual(try analyzer.analyze(buffer.data, layout), expected, "\(orientation)")
        }
    }

    func testPaddedRowsColoursAndTenBitsGiveTheFacesOfThePlainPicture() throws {
        let (analyzer, picture) = (try MoueAnalyzer(), try Picture.astronaut())
        let expected = try analyzer.analyze(picture.data, picture.layout)
        let rows = (0..<picture.height).map { picture.pixels[$0 * picture.width..<($0 + 1) * picture.width] }

        // The last row ends with its last pixel, as in real camera buffers.
        var padded = Data(rows.map { Data($0) + Data(repeating: 255, count: 16) }.joined())
        padded.removeLast(16)
        let wide = FrameLayout(.luma, width: picture.width, height: picture.height, rowStride: picture.width + 16)
        XCTAssertEqual(try analyzer.analyze(padded, wide), expected)

        let tenBit = Data(picture.pixels.flatMap { [0, $0] })
        let p010 = FrameLayout(.p010, width: picture.width, height: picture.height, range: .full)
        XCTAssertEqual(try analyzer.analyze(tenBit, p010), expected)

        for (format, bytes) in [(PixelFormat.rgb, 3), (.rgba, 4), (.bgra, 4)] {
            let colour = Data(picture.pixels.flatMap { [UInt8](repeating: $0, count: bytes) })
            let layout = FrameLayout(format, width: picture.width, height: picture.height)
            XCTAssertEqual(try analyzer.analyze(colour, layout), expected, "\(format)")
        }
    }

    func testACropLooksAtNothingElseAndKeepsTheFramesCoordinates() throws {
        let analyzer = try MoueAnalyzer()
        let frame = try Picture.astronaut().inFrame(width: 256, height: 128, x: 128, y: 0)
        var layout = frame.layout
        layout.crop = PixelRect(x: 0, y: 0, width: 128, height: 128)
        XCTAssertEqual(try analyzer.analyze(frame.data, layout), [])
        layout.crop = PixelRect(x: 128, y: 0, width: 128, height: 128)
        let face = try XCTUnwrap(analyzer.analyze(frame.data, layout).first)
        XCTAssertGreaterThan(face.points.nose.x, 128)
    }

    func testASubsetLeavesTheOtherExpressionsAtNothing() throws {
        var options = MoueOptions()
        options.expressions = .five
        let face = try XCTUnwrap(MoueAnalyzer(options: options).analyze(Picture.astronaut().data, Picture.astronaut().layout).first)
        XCTAssertEqual(face.reading.scores.disgust, 0)
        XCTAssertEqual(face.reading.scores.fear, 0)
        XCTAssertGreaterThan(face.reading.scores.happy, 0.5)
    }

    func testBadInputSaysWhatWasGivenAndWhatIsAllowed() throws {
        let (analyzer, picture) = (try MoueAnalyzer(), try Picture.astronaut())
        assertThrows(.badInput, "16383 bytes", "at least 16384") { try analyzer.analyze(picture.data.dropLast(), picture.layout) }
        assertThrows(.badInput, "0 bytes") { try analyzer.analyze(Data(), picture.layout) }
        assertThrows(.badInput, "0x0") { try analyzer.analyze(picture.data, FrameLayout(.luma, width: 0, height: 0)) }
        assertThrows(.badInput, "width", "-1") { try analyzer.analyze(picture.data, FrameLayout(.luma, width: -1, height: 8)) }
        assertThrows(.badInput, "row stride", "-640") {
            try analyzer.analyze(picture.data, FrameLayout(.luma, width: 8, height: 8, rowStride: -640))
        }
        assertThrows(.badInput, "row stride 4") {
            try analyzer.analyze(picture.data, FrameLayout(.luma, width: 8, height: 8, rowStride: 4))
        }
        assertThrows(.badInput, "video range") {
            try analyzer.analyze(picture.data, FrameLayout(.rgb, width: 8, height: 8, range: .video))
        }
        assertThrows(.badInput, "crop") {
            try analyzer.analyze(
                picture.data, FrameLayout(.luma, width: 8, height: 8, crop: PixelRect(x: 4, y: 0, width: 8, height: 8)))
        }
        assertThrows(.badInput, "20000x1") { try analyzer.analyze(Data(count: 20_000), FrameLayout(.luma, width: 20_000, height: 1)) }
        // After all that it still works.
        XCTAssertEqual(try analyzer.analyze(picture.data, picture.layout).count, 1)
    }

    func testOptionsOutsideTheirRangeAreRefused() {
        assertThrows(.badInput, "smallest_face", "0.02 to 1") {
            var options = MoueOptions()
            options.smallestFace = 0
            return try MoueAnalyzer(options: options)
        }
        assertThrows(.badInput, "mostFaces", "-3") {
            var options = MoueOptions()
            options.mostFaces = -3
            return try MoueAnalyzer(options: options)
        }
        assertThrows(.badInput, "most_yaw") {
            var options = MoueOptions()
            options.thresholds.mostYaw = .nan
            return try MoueAnalyzer(options: options)
        }
    }

    func testAModelThatIsNoneIsRefusedAndOnesOwnIsUsed() throws {
        var options = MoueOptions()
        options.models.expression = Data("not a model".utf8)
        assertThrows(.badModel, "expression") { try MoueAnalyzer(options: options) }

        let models = Picture.checkout.appendingPathComponent("models")
        options.models.expression = try Data(contentsOf: models.appendingPathComponent("expression.onnx"))
        let picture = try Picture.astronaut()
        XCTAssertEqual(
            try MoueAnalyzer(options: options).analyze(picture.data, picture.layout),
            try MoueAnalyzer().analyze(picture.data, picture.layout))
    }

    func testAPictureThatIsTooLargeIsRefusedBeforeItsMemoryIsTaken() throws {
        let analyzer = try MoueAnalyzer()
        for (width, height) in [(16_385, 1), (1, 16_385), (16_384, 8_193), (Int.max, 2)] {
            assertThrows(.badInput) { try analyzer.refuseOversized(FrameLayout(.rgba, width: width, height: height)) }
        }
        // The largest that the native code takes: it complains of the empty buffer only.
        let largest = FrameLayout(.rgba, width: 16_384, height: 8_192)
        XCTAssertNoThrow(try analyzer.refuseOversized(largest))
        assertThrows(.badInput, "0 bytes") { try analyzer.analyze(Data(), largest) }
    }

    func testManyThreadsShareOneAnalyzer() throws {
        let (analyzer, picture) = (try MoueAnalyzer(), try Picture.astronaut())
        let expected = try analyzer.analyze(picture.data, picture.layout)
        let wrong = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 40) { _ in
            if (try? analyzer.analyze(picture.data, picture.layout)) != expected {
                wrong.withLock { $0 += 1 }
            }
        }
        XCTAssertEqual(wrong.withLock { $0 }, 0)
    }
}

/// In pixels of `astronaut.pgm`.
private enum EyesOfTheAstronaut {
    static let left = CGPoint(x: 46, y: 54)
    static let right = CGPoint(x: 82, y: 55)
}
