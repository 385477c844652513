// Boxes and labels over a preview or a photo, for SwiftUI. Where they go is `ViewTransform`'s to say, and what they say `Labels`'.

#if canImport(SwiftUI)
    import Foundation
    import SwiftUI

    /// Draws each face's box, and what is read in it, over the view that shows the frame.
    ///
    /// Give it the same size as the preview, the way in which the preview scales the picture, and whether it mirrors it:
    ///
    /// ```swift
    /// CameraPreview(session: camera)
    ///     .overlay(FaceOverlay(result, scale: .fill, mirrored: isFrontCamera))
    /// ```
    ///
    /// A screen reader is told of the faces when it comes upon the overlay, not each time that they change. Touches go through to the view below.
    public struct FaceOverlay: View {
        private let faces: [(face: Face, alpha: Double)]
        private let frameSize: CGSize
        private let scale: ViewScale
        private let mirrored: Bool

        /// The faces of a live frame; `nil` before the first. Faces that the frame misses are drawn paler.
        public init(_ result: FrameResult?, scale: ViewScale = .fill, mirrored: Bool = false) {
            faces = (result?.faces ?? []).map { ($0.face, $0.unseen > 0 ? 0.5 : 1) }
            frameSize = result?.frameSize ?? .zero
            self.scale = scale
            self.mirrored = mirrored
        }

        /// The faces of a photo of `frameSize` pixels.
        public init(_ faces: [Face], frameSize: CGSize, scale: ViewScale = .fit) {
            self.faces = faces.map { ($0, 1) }
            self.frameSize = frameSize
            self.scale = scale
            mirrored = false
        }

        /// Boxes and labels.
        public var body: some View {
            Canvas { context, size in
                // Without a frame or a layout there is nothing to draw yet.
                guard let transform = try? ViewTransform(frameSize: frameSize, viewSize: size, scale: scale, mirrored: mirrored) else {
                    return
                }
                for (face, alpha) in faces {
                    guard let box = try? transform.rect(face.bounds) else { continue }
                    context.opacity = alpha
                    draw(face.reading.verdict, around: box, in: &context, size)
                }
            }
            .allowsHitTesting(false)
            .accessibilityElement()
            .accessibilityLabel(Text(localizedSummary(of: faces.map(\.face))))
            .accessibilityAddTraits(.updatesFrequently)
        }

        private func draw(_ verdict: Verdict, around box: CGRect, in context: inout GraphicsContext, _ size: CGSize) {
            let color = verdict.color
            let corner = min(12, box.width / 8)
            // Dashes where the reading is unsure: colour is not the only sign.
            let style = StrokeStyle(lineWidth: 3, dash: verdict.isCertain ? [] : [8, 6])
            context.stroke(Path(roundedRect: box, cornerRadius: corner), with: .color(color), style: style)

            let words = context.resolve(Text(verdict.localizedName).font(.callout.bold()).foregroundColor(.white))
            let measured = words.measure(in: size)
            let label = CGSize(width: measured.width + 16, height: measured.height + 8)
            // Above the box where there is room, and always inside the view.
            let top = box.minY - label.height - 4
            let place = CGRect(
                x: min(max(0, box.minX), max(0, size.width - label.width)),
                y: top >= 0 ? top : min(box.minY + 4, max(0, size.height - label.height)),
                width: label.width, height: label.height)
            context.fill(Path(roundedRect: place, cornerRadius: 8), with: .color(Color.black.opacity(0.7)))
            context.draw(words, in: place.insetBy(dx: 8, dy: 4))
        }
    }

    extension FacialExpression {
        /// A colour for the expression, told apart by colour-blind people too (Okabe and Ito, 2008).
        public var color: Color {
            switch self {
            case .angry: Color(red: 0.84, green: 0.37, blue: 0)
            case .disgust: Color(red: 0, green: 0.62, blue: 0.45)
            case .fear: Color(red: 0.8, green: 0.47, blue: 0.65)
            case .happy: Color(red: 0.94, green: 0.89, blue: 0.26)
            case .sad: Color(red: 0, green: 0.45, blue: 0.7)
            case .surprise: Color(red: 0.34, green: 0.71, blue: 0.91)
            case .neutral: Color(red: 0.8, green: 0.8, blue: 0.8)
            }
        }
    }

    extension Verdict {
        fileprivate var isCertain: Bool {
            if case .certain = self { true } else { false }
        }

        fileprivate var color: Color {
            switch self {
            case .certain(let expression): expression.color
            case .unsure: .white
            }
        }
    }
#endif
