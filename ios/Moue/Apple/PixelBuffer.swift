// Core Video's and Core Media's buffers: how they lie in memory, and the luma plane read where it is, without a copy.

#if canImport(CoreVideo)
    import CoreMedia
    import CoreVideo
    import Foundation
    import ImageIO

    extension MoueSession {
        /// Hands a camera's buffer to the session and returns as soon as a reduced copy of its luma is made: the buffer isn't needed any more
        /// then. Nothing else is copied.
        ///
        /// - Parameters:
        ///   - pixelBuffer: `420f`, `420v`, `xf20`, `x420` or `BGRA`. It is locked for reading while it is looked at.
        ///   - orientation: How the picture lies in the buffer, as EXIF counts it.
        ///   - time: The camera's own time of the frame, which must rise from frame to frame. Left out: now, by the host's clock.
        /// - Throws: ``MoueError`` of kind ``MoueError/Kind/badInput`` for another pixel format or a time that doesn't rise.
        @discardableResult
        public func submit(
            _ pixelBuffer: CVPixelBuffer, orientation: CGImagePropertyOrientation = .up,
            time: CMTime = CMClockGetTime(CMClockGetHostTimeClock())
        ) throws -> Submitted {
            let timestamp = try time.nanoseconds
            return try pixelBuffer.withPixels(orientation) { bytes, layout in
                try submit(bytes, layout, timestamp: timestamp)
            }
        }

        /// Hands a camera's sample to the session, with its presentation time. See ``submit(_:orientation:time:)``.
        ///
        /// - Throws: ``MoueError`` of kind ``MoueError/Kind/badInput``, also for a sample that holds no picture.
        @discardableResult
        public func submit(_ sample: CMSampleBuffer, orientation: CGImagePropertyOrientation = .up) throws -> Submitted {
            guard let pixelBuffer = CMSampleBufferGetImageBuffer(sample) else {
                throw MoueError(.badInput, "the sample holds no picture: pass the samples of a video output")
            }
            return try submit(pixelBuffer, orientation: orientation, time: CMSampleBufferGetPresentationTimeStamp(sample))
        }
    }

    extension MoueAnalyzer {
        /// The faces in a buffer, the largest first. See ``MoueSession/submit(_:orientation:time:)`` for what is allowed.
        public func analyze(_ pixelBuffer: CVPixelBuffer, orientation: CGImagePropertyOrientation = .up) throws -> [Face] {
            try pixelBuffer.withPixels(orientation) { bytes, layout in
                try analyze(bytes, layout)
            }
        }
    }

    extension CVPixelBuffer {
        /// Lends the first plane's bytes, up to the end of the last pixel, with their layout. The buffer is locked meanwhile.
        fileprivate func withPixels<Result>(
            _ orientation: CGImagePropertyOrientation, _ body: (UnsafeRawBufferPointer, FrameLayout) throws -> Result
        ) throws -> Result {
            let code = CVPixelBufferGetPixelFormatType(self)
            let kind = try PixelBufferKind(code: code)
            let status = CVPixelBufferLockBaseAddress(self, .readOnly)
            guard status == kCVReturnSuccess else {
                throw MoueError(.badInput, "the pixel buffer can't be locked for reading (Core Video's status \(status))")
            }
            defer { CVPixelBufferUnlockBaseAddress(self, .readOnly) }
            let isPlanar = CVPixelBufferIsPlanar(self)
            let start = isPlanar ? CVPixelBufferGetBaseAddressOfPlane(self, 0) : CVPixelBufferGetBaseAddress(self)
            guard let start else {
                throw MoueError(.badInput, "the pixel buffer has no memory that the CPU can read")
            }
            let layout = kind.layout(
                width: isPlanar ? CVPixelBufferGetWidthOfPlane(self, 0) : CVPixelBufferGetWidth(self),
                height: isPlanar ? CVPixelBufferGetHeightOfPlane(self, 0) : CVPixelBufferGetHeight(self),
                rowStride: isPlanar ? CVPixelBufferGetBytesPerRowOfPlane(self, 0) : CVPixelBufferGetBytesPerRow(self),
                orientation: FrameOrientation(orientation)
            )
            return try body(UnsafeRawBufferPointer(start: start, count: kind.byteCount(layout)), layout)
        }
    }

    extension FrameOrientation {
        /// The same orientation in Moue's words.
        public init(_ orientation: CGImagePropertyOrientation) {
            self =
                switch orientation {
                case .up: .up
                case .upMirrored: .upMirrored
                case .down: .down
                case .downMirrored: .downMirrored
                case .leftMirrored: .leftMirrored
                case .right: .right
                case .rightMirrored: .rightMirrored
                case .left: .left
                @unknown default: .up
                }
        }
    }

    extension CMTime {
        /// Nanoseconds since the clock's start.
        fileprivate var nanoseconds: Int64 {
            get throws {
                let scaled = CMTimeConvertScale(self, timescale: 1_000_000_000, method: .roundTowardZero)
                guard scaled.isNumeric else {
                    throw MoueError(.badInput, "the frame's time is not a number: pass the camera's presentation time")
                }
                return scaled.value
            }
        }
    }
#endif
