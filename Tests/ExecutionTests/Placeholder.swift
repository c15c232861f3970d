import Journaling
import Planning
import TestSupport
import Testing
import Transport
