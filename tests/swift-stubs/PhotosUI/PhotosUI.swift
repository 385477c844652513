// Stand-in for PhotosUI: see the README beside this folder.

import Foundation
import SwiftUI

public struct PHPickerFilter: Sendable { public static let images = PHPickerFilter() }

public struct PhotosPickerItem: Sendable, Hashable {
    public func loadTransferable<T: Sendable>(type: T.Type) async throws -> T? { nil }
}

public struct PhotosPicker<Label: View>: Leaf {
    public init(_ title: LocalizedStringKey, selection: Binding<PhotosPickerItem?>, matching: PHPickerFilter? = nil) where Label == Text {}
}
