import socket
import unittest

from run import ports


class TestPorts(unittest.TestCase):
    def test_a_taken_port_is_passed_over(self):
        with socket.socket() as listener:
            listener.bind((ports.HOST, 0))
            listener.listen()
            taken = listener.getsockname()[1]
            self.assertFalse(ports.is_free(taken))
            self.assertNotEqual(ports.first_free(taken), taken)

    def test_a_free_port_is_taken_as_wished(self):
        free = ports.any_free()
        self.assertEqual(ports.first_free(free), free)
