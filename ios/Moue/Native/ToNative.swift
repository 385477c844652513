// Options and layouts, from this module's values to the generated records. Ranges are the native code's to check; only numbers that a
// record can't hold are refused here.

import Foundation
internal import MoueFFI

extension MoueFFI.FrameLayout {
    init(_ layout: FrameLayout) throws {
        let turn = try MoueFFI.exifOrientation(value: layout.orientation.rawValue)
        self.init(
            format: MoueFFI.PixelFormat(layout.format),
            width: try unsigned("width", layout.width),
            height: try unsigned("height", layout.height),
            rowStride: try layout.rowStride.map { try unsigned("row stride", $0) },
            pixelStride: try layout.pixelStride.map { try unsigned("pixel stride", $0) },
            rotationDegrees: turn.rotationDegrees,
            mirrored: turn.mirrored,
            lumaRange: layout.range.map { $0 == .full ? .full : .video },
            crop: try layout.crop.map {
                Crop(
                    x: try unsigned("crop's x", $0.x), y: try unsigned("crop's y", $0.y), width: try unsigned("crop's width", $0.width),
                    height: try unsigned("crop's height", $0.height))
            }
        )
    }
}

extension MoueFFI.PixelFormat {
    init(_ format: PixelFormat) {
        self =
            switch format {
            case .luma: .luma
            case .p010: .p010
            case .rgb: .rgb
            case .rgba: .rgba
            case .bgra: .bgra
            }
    }
}

extension MoueFFI.Options {
    init(_ options: MoueOptions) throws {
        self.init(
            smallestFace: options.smallestFace,
            mostFaces: try unsigned("mostFaces", options.mostFaces),
            expressions: MoueFFI.ExpressionSet(options.expressions),
            head: MoueFFI.Head(options.head),
            thresholds: MoueFFI.Thresholds(options.thresholds),
            detectorModel: options.models.detector,
            refinerModel: options.models.refiner,
            expressionModel: options.models.expression
        )
    }
}

extension MoueFFI.ExpressionSet {
    init(_ set: ExpressionSet) {
        self =
            switch set {
            case .seven: .seven
            case .six: .six
            case .five: .five
            }
    }
}

extension MoueFFI.Head {
    init(_ head: Head) {
        self =
            switch head {
            case .consensus: .consensus
            case .fer2013: .fer2013
            }
    }
}

extension MoueFFI.Thresholds {
    init(_ thresholds: Thresholds) {
        self.init(
            leastSide: thresholds.leastSide, leastBrightness: thresholds.leastBrightness, mostBrightness: thresholds.mostBrightness,
            leastContrast: thresholds.leastContrast, leastSharpness: thresholds.leastSharpness, mostYaw: thresholds.mostYaw,
            mostPitch: thresholds.mostPitch, leastScore: thresholds.leastScore)
    }
}

extension MoueFFI.LiveOptions {
    init(_ live: LiveOptions) throws {
        let milliseconds = live.searchInterval * 1000
        guard let searchInterval = UInt32(exactly: milliseconds.rounded()) else {
            throw MoueError(.badInput, "option searchInterval is \(live.searchInterval) s: allowed is 0.01 to 60")
        }
        self.init(
            options: try MoueFFI.Options(live.options),
            fieldOfView: live.fieldOfView,
            budget: MoueFFI.Budget(live.budget),
            mostReadings: try unsigned("mostReadings", live.mostReadings),
            searchIntervalMs: searchInterval
        )
    }
}

extension MoueFFI.Budget {
    init(_ budget: Budget) {
        self =
            switch budget {
            case .unlimited: .unlimited
            case .results(let perSecond): .results(perSecond: perSecond)
            case .load(let shareOfCore): .load(share: shareOfCore)
            }
    }
}

extension MoueFFI.Thermal {
    init(_ level: ThermalLevel) {
        self =
            switch level {
            case .nominal: .nominal
            case .fair: .fair
            case .serious: .serious
            case .critical: .critical
            }
    }
}

extension MoueFFI.Rect {
    init(_ rect: CGRect) {
        self.init(x: Float(rect.minX), y: Float(rect.minY), width: Float(rect.width), height: Float(rect.height))
    }
}

/// A number that a record holds without a sign.
private func unsigned(_ name: String, _ value: Int) throws -> UInt32 {
    guard let value = UInt32(exactly: value) else {
        throw MoueError(.badInput, "the \(name) is \(value): allowed is 0 to \(UInt32.max)")
    }
    return value
}
