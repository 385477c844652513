// Photos as Core Graphics holds them: drawn once into plain bytes, which the analyzer reads.

#if canImport(CoreGraphics)
    import CoreGraphics
    import Foundation
    import ImageIO

    extension MoueAnalyzer {
        /// The faces in a picture, the largest first.
        ///
        /// The picture is drawn into memory of 4 bytes a pixel, in sRGB, on white where it is transparent. It takes tens of milliseconds for a large photo:
        /// call it away from the main thread.
        ///
        /// - Parameters:
        ///   - image: At most 16,384 pixels a side and 2²⁷ in all.
        ///   - orientation: How the picture lies in its pixels; photos have it in their properties (`kCGImagePropertyOrientation`).
        /// - Throws: ``MoueError``.
        public func analyze(_ image: CGImage, orientation: CGImagePropertyOrientation = .up) throws -> [Face] {
            let layout = FrameLayout(.rgba, width: image.width, height: image.height, orientation: FrameOrientation(orientation))
            // Before any memory is taken.
            try refuseOversized(layout)
            guard
                let space = CGColorSpace(name: CGColorSpace.sRGB),
                let context = CGContext(
                    data: nil, width: image.width, height: image.height, bitsPerComponent: 8, bytesPerRow: 0, space: space,
                    bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
            else {
                throw MoueError(
                    .badInput, "there is no memory to draw a picture of \(image.width)x\(image.height) into; shrink it first")
            }
            let everything = CGRect(x: 0, y: 0, width: image.width, height: image.height)
            context.setFillColor(gray: 1, alpha: 1)
            context.fill(everything)
            context.draw(image, in: everything)
            guard let start = context.data else {
                throw MoueError(.badInput, "the drawn picture can't be read")
            }
            var drawn = layout
            drawn.rowStride = context.bytesPerRow
            let bytes = UnsafeRawBufferPointer(start: start, count: (image.height - 1) * context.bytesPerRow + image.width * 4)
            // `data` is the context's own: it must live until the bytes have been read.
            return try withExtendedLifetime(context) { try analyze(bytes, drawn) }
        }
    }
#endif
