package pushtest

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// pipes is a listener whose connections are pipes in memory.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes {
	return &pipes{accept: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept, Close and Addr make pipes a net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accept:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return pipeAddr{} }

// pipeAddr has a name that no resolver knows.
type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "gateway.invalid" }

// dial connects a Client to the gateway.
func (g *Gateway) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if !g.config.memory {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}
	refused := &net.OpError{Op: "dial", Net: network, Addr: pipeAddr{}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	g.mu.Lock()
	s := g.server
	g.mu.Unlock()
	if s == nil {
		return nil, refused
	}
	p := s.listener.(*pipes)
	near, far := net.Pipe()
	fate := new(fate)
	select {
	case p.accept <- pipeEnd{far, fate}:
		return pipeConn{near, fate}, nil
	case <-p.closed:
		return nil, refused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fate is how the gateway ended a connection.
type fate struct {
	mu    sync.Mutex
	reset bool
}

// pipeEnd is the gateway's end of a connection.
type pipeEnd struct {
	net.Conn
	fate *fate
}

// SetLinger with 0 makes Close a reset, as it does to a socket.
func (c pipeEnd) SetLinger(seconds int) error {
	c.fate.mu.Lock()
	defer c.fate.mu.Unlock()
	c.fate.reset = seconds == 0
	return nil
}

// pipeConn is the client's end. It fails as a socket would, where a pipe has
// errors of its own.
type pipeConn struct {
	net.Conn
	fate *fate
}

func (c pipeConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if errors.Is(err, io.EOF) {
		c.fate.mu.Lock()
		defer c.fate.mu.Unlock()
		if c.fate.reset {
			err = &net.OpError{Op: "read", Net: "tcp", Addr: pipeAddr{}, Err: os.NewSyscallError("read", syscall.ECONNRESET)}
		}
	}
	return n, err
}

func (c pipeConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if errors.Is(err, io.ErrClosedPipe) {
		err = &net.OpError{Op: "write", Net: "tcp", Addr: pipeAddr{}, Err: os.NewSyscallError("write", syscall.EPIPE)}
	}
	return n, err
}
