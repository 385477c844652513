// The golden vectors of `tests/golden`, whose README tells how they are written: to the last bit, and errors to the word.

import Foundation
import XCTest

@testable import Moue

final class GoldenTests: XCTestCase {
    /// What can't be asked for in Swift: a layout has no offset, and its orientation no odd angle.
    private static let unaskable: Set = ["a first pixel beyond the buffer", "a turn by 45 degrees"]

    func testWhatMoueSaysOfTheGoldenFramesIsTheSameToTheLastBit() throws {
        let text = try String(contentsOf: Self.folder.appendingPathComponent("vectors.txt"), encoding: .utf8)
        var (checked, skipped) = (0, Set<String>())
        for block in text.components(separatedBy: "\n\n") {
            let lines = block.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
            guard let name = lines.first?.dropping("case ") else { continue }
            if Self.unaskable.contains(name) {
                skipped.insert(name)
                continue
            }
            let words = Dictionary(grouping: lines.dropFirst()) { $0.prefix { $0 != " " } }
            let expected = lines.filter { line in ["face", "none", "error"].contains { line.hasPrefix($0) } }
            XCTAssertFalse(expected.isEmpty, name)
            let said = try answer(
                frame: values(try XCTUnwrap(words["frame"]?.first)), options: values(words["options"]?.first ?? ""))
            XCTAssertEqual(said, expected, name)
            checked += 1
        }
        XCTAssertGreaterThan(checked, 30)
        XCTAssertEqual(skipped, Self.unaskable)
    }

    private static let folder = Picture.checkout.appendingPathComponent("tests/golden")

    /// The lines that the file should have for a frame.
    private func answer(frame: [String: String], options: [String: String]) throws -> [String] {
        let bytes = try Data(contentsOf: Self.folder.appendingPathComponent(try XCTUnwrap(frame["file"])))
        let pixels = bytes.dropFirst(Int(frame["offset"] ?? "0") ?? 0)
        do {
            let faces = try MoueAnalyzer(options: self.options(options)).analyze(pixels, layout(frame))
            return faces.isEmpty ? ["none"] : faces.map(line)
        } catch let error as MoueError {
            let kind =
                switch error.kind {
                case .badInput: "bad_input"
                case .badModel: "bad_model"
                case .closed: "closed"
                case .busy: "busy"
                case .internalFault: "internal"
                }
            return ["error \(kind) \(error.message)"]
        }
    }

    private func layout(_ frame: [String: String]) throws -> FrameLayout {
        let number = { (key: String) in try frame[key].map { try XCTUnwrap(Int($0), key) } }
        let formats: [String: PixelFormat] = ["luma": .luma, "p010": .p010, "rgb": .rgb, "rgba": .rgba, "bgra": .bgra]
        let orientations: [String: FrameOrientation] = [
            "0": .up, "0 mirrored": .upMirrored, "90": .right, "90 mirrored": .leftMirrored, "180": .down,
            "180 mirrored": .downMirrored, "270": .left, "270 mirrored": .rightMirrored,
        ]
        let turn = "\(frame["rotation"] ?? "0")\(frame["mirrored"] == "1" ? " mirrored" : "")"
        var layout = FrameLayout(
            try XCTUnwrap(frame["format"].flatMap { formats[$0] }), width: try XCTUnwrap(number("width")),
            height: try XCTUnwrap(number("height")), rowStride: try number("row_stride"), pixelStride: try number("pixel_stride"),
            orientation: try XCTUnwrap(orientations[turn], turn))
        if let range = frame["range"] { layout.range = range == "full" ? .full : .video }
        if let crop = frame["crop"]?.split(separator: ",").compactMap({ Int($0) }) {
            layout.crop = PixelRect(x: crop[0], y: crop[1], width: crop[2], height: crop[3])
        }
        return layout
    }

    private func options(_ words: [String: String]) throws -> MoueOptions {
        var options = MoueOptions()
        for (key, value) in words {
            let number = UInt32(value, radix: 16).map(Float.init(bitPattern:)) ?? .nan
            switch key {
            case "most_faces": options.mostFaces = try XCTUnwrap(Int(value))
            case "expressions": options.expressions = value == "7" ? .seven : value == "6" ? .six : .five
            case "head": options.head = value == "fer2013" ? .fer2013 : .consensus
            case "smallest_face": options.smallestFace = number
            case "least_side": options.thresholds.leastSide = number
            case "least_brightness": options.thresholds.leastBrightness = number
            case "most_brightness": options.thresholds.mostBrightness = number
            case "least_contrast": options.thresholds.leastContrast = number
            case "least_sharpness": options.thresholds.leastSharpness = number
            case "most_yaw": options.thresholds.mostYaw = number
            case "most_pitch": options.thresholds.mostPitch = number
            case "least_score": options.thresholds.leastScore = number
            default: XCTFail("the option \(key) is not known")
            }
        }
        return options
    }

    private func line(_ face: Face) -> String {
        let (bounds, quality) = (face.bounds, face.quality)
        let verdict =
            switch face.reading.verdict {
            case .certain(let expression): expression.rawValue
            case .unsure(let reason): "unsure:\(reason.rawValue)"
            }
        return [
            "face bounds=" + bits([bounds.minX, bounds.minY, bounds.width, bounds.height].map(Float.init)),
            "score=" + bits([face.score]),
            "points=" + bits(face.points.all.flatMap { [Float($0.x), Float($0.y)] }),
            "quality="
                + bits([
                    quality.side, quality.sideInFrame, quality.eyeDistance, quality.brightness, quality.contrast, quality.sharpness,
                ]),
            "pose=" + (quality.pose.map { bits([$0.yaw, $0.pitch, $0.roll]) } ?? "-"),
            "verdict=" + verdict,
            "scores=" + bits(FacialExpression.allCases.map { face.reading.scores[$0] }),
        ].joined(separator: " ")
    }

    private func bits(_ numbers: [Float]) -> String {
        numbers.map { number in
            let digits = String(number.bitPattern, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined(separator: ",")
    }

    private func values(_ line: String) -> [String: String] {
        var values: [String: String] = [:]
        for word in line.split(separator: " ").dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1)
            values[String(parts[0])] = String(parts[1])
        }
        return values
    }
}

extension String {
    /// The rest after a beginning; `nil` where the string begins otherwise.
    fileprivate func dropping(_ beginning: String) -> String? {
        hasPrefix(beginning) ? String(dropFirst(beginning.count)) : nil
    }
}
