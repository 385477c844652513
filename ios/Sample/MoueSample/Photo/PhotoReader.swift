// From the picker's item to faces: the bytes, a picture of a sensible size that stands upright, and what is in it.

import Foundation
import ImageIO
import Moue
import PhotosUI
import SwiftUI

/// What the photo screen shows.
enum PhotoState {
    case empty
    case reading
    case failed(String)
    case read(ReadPhoto)
}

/// A photo with its faces, in the picture's pixels. A `CGImage` never changes, so it may go from thread to thread.
struct ReadPhoto: @unchecked Sendable {
    let image: CGImage
    let faces: [Face]
}

enum PhotoReader {
    /// Longest side of the picture that is shown and read: more than the analysis looks at, and 16 MB at most.
    private static let longestSide = 2048

    /// Loads, decodes and reads, away from the main thread.
    static func read(_ item: PhotosPickerItem) async -> PhotoState {
        do {
            guard let data = try await item.loadTransferable(type: Data.self) else {
                return .failed(String(localized: "It may not have been downloaded yet."))
            }
            return .read(try read(data))
        } catch {
            return .failed(error.localizedDescription)
        }
    }

    private static func read(_ data: Data) throws -> ReadPhoto {
        let options: [CFString: Any] = [
            kCGImageSourceCreateThumbnailFromImageAlways: true,
            // Turned upright by its EXIF orientation.
            kCGImageSourceCreateThumbnailWithTransform: true,
            kCGImageSourceThumbnailMaxPixelSize: longestSide,
        ]
        guard let source = CGImageSourceCreateWithData(data as CFData, nil),
            let image = CGImageSourceCreateThumbnailAtIndex(source, 0, options as CFDictionary)
        else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return ReadPhoto(image: image, faces: try MoueAnalyzer().analyze(image))
    }
}
